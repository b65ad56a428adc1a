return [==[
writers.SummaryWriter
  Writes an event file for TensorBoard into log_dir (runs/<date>_<host> unless said): tensorboard --logdir runs.
  Each record is in the file when its call returns. local writer <close> = ... closes it.
  > writer = writers.SummaryWriter(os.tmpname() .. "-runs")
  > writer:add_scalar("train/loss", 0.5, 1)
  > writer:close()
SummaryWriter:add_scalar(tag, value, step?, walltime?)
  One number of a curve.
SummaryWriter:add_scalars
  Several curves in one plot: values is a table of numbers by name.
SummaryWriter:add_histogram(tag, values: Tensor|number[], step?, walltime?)
  How the values of a tensor are spread.
SummaryWriter:add_image(tag, image: Tensor|Image, step?, { dataformats = "CHW", walltime }?)
  A picture: a tensor or an Image.
SummaryWriter:add_figure
  A figure of ml.plot as a picture.
SummaryWriter:add_images(tag, images: Tensor, step?, { dataformats = "NCHW", walltime }?)
  Several pictures in one.
SummaryWriter:add_text(tag, text: string, step?, walltime?)
  A text, in Markdown.
SummaryWriter:add_hparams
  Hyperparameters and what came of them, for the HPARAMS tab.
SummaryWriter:hparams(hparams: table, metrics: table)
  The records that add_hparams is made of.
SummaryWriter:flush()
  Does nothing that is needed: records are in the file at once.
SummaryWriter:path() -> string
  The path of the event file.
SummaryWriter:close()
  Closes the file.
writers.JSONL
  A file with one JSON object in each line: writer:write { epoch = 1, loss = 0.5 }.
  > w = writers.JSONL(os.tmpname())
  > w:write { epoch = 1 }
  > w:close()
JSONL:write
  One value as a line of JSON; NaN becomes null. Returns the writer.
JSONL:close()
  Closes the file.
writers.CSV
  A CSV file with these columns: writer:write { epoch = 1, loss = 0.5 }.
  > w = writers.CSV(os.tmpname(), { "epoch", "loss" })
  > w:write { epoch = 1, loss = 0.5 }
  > w:close()
CSV:write
  One row: a table with a field for each column; what is nil stays empty. Returns the writer.
CSV:close()
  Closes the file.
]==]
