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
SummaryWriter:add_histogram
  How the values of a tensor are spread. bins: "tensorflow" (the usual ones, fine near 0), a rule of NumPy's ("auto", "fd",
  "doane", "scott", "rice", "sturges", "sqrt"), how many, or a list of edges. max_bins joins neighbours.
SummaryWriter:add_image(tag, image: Tensor|Image, step?, { dataformats = "CHW", quality = 0, walltime }?)
  A picture: a tensor or an Image. As a PNG; with a quality of 1 to 100 as a JPEG, which for photos takes a tenth of the
  time and of the room.
SummaryWriter:add_figure
  A figure of ml.plot as a picture.
SummaryWriter:add_images(tag, images: Tensor, step?, { dataformats = "NCHW", quality = 0, walltime }?)
  Several pictures in one.
SummaryWriter:add_text(tag, text: string, step?, walltime?)
  A text, in Markdown.
SummaryWriter:add_hparams
  Hyperparameters and what came of them, for the HPARAMS tab: { lr = 0.1 }, { ["hp/accuracy"] = 0.9 }. It writes the columns
  of the table too, as PyTorch does: TensorBoard shows those of the first run that has some. An experiment's runs need no
  call: each leaves its options and what its trial sets, and TensorBoard makes the columns of all of them.
SummaryWriter:hparams(hparams: table, walltime?)
  One of the records that add_hparams is made of: this run's values, a list of { name, value }.
SummaryWriter:experiment(columns: table, metrics: string[], walltime?)
  Another one: the columns of the table.
SummaryWriter:add_pr_curve
  Precision against recall of one class, at thresholds from 0 to 1: labels are 1 and 0, predictions probabilities.
SummaryWriter:pr_curve(tag, counts: Tensor, step?, walltime?)
  The record that add_pr_curve makes: 6 x thresholds.
SummaryWriter:add_graph
  How a model is built, for the tab GRAPHS: its layers and what is computed between them, in the levels of their names.
SummaryWriter:graph(nodes: table, walltime?)
  The record that add_graph makes: a list of { name, operator, text, inputs, shape }.
SummaryWriter:add_embedding
  Points of many dimensions, for the projector: n x dimensions, with a label and a picture for each.
SummaryWriter:add_custom_scalars
  Charts with several curves, for the tab CUSTOM SCALARS.
SummaryWriter:charts(charts: table)
  The record that add_custom_scalars makes: a list of { category, title, whether it is a margin, tags }.
SummaryWriter:add_tensor(tag, tensor: Tensor, step?, walltime?)
  A tensor as it is, for programs that read event files.
SummaryWriter:histogram(tag, values: Tensor, step?, { edges: number[], max_bins, walltime }?)
  The record that add_histogram makes.
SummaryWriter:get_logdir
  The folder of the events; also the field log_dir.
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
