return [==[
writers.SummaryWriter([log_dir] [, { comment = "", purge_step = nil, flush_secs = nil, max_queue = nil,
    filename_suffix = "" }])
  Writes an event file for TensorBoard into log_dir (runs/<date>_<host> unless said): tensorboard --logdir runs.
  Each record is in the file when its call returns. local writer <close> = ... closes it.
  > writer = writers.SummaryWriter(os.tmpname() .. "-runs")
  > writer:add_scalar("train/loss", 0.5, 1)
  > writer:close()
SummaryWriter:add_scalar(tag, value [, step] [, walltime])
  One number of a curve.
SummaryWriter:add_scalars(main_tag, values [, step] [, walltime])
  Several curves in one plot: values is a table of numbers by name.
SummaryWriter:add_histogram(tag, values [, step] [, walltime])
  How the values of a tensor are spread.
SummaryWriter:add_image(tag, image [, step] [, { dataformats = "CHW", walltime = nil }])
  A picture: a tensor or an Image.
SummaryWriter:add_figure(tag, figure [, step] [, walltime])
  A figure of ml.plot as a picture.
SummaryWriter:add_images(tag, images [, step] [, { dataformats = "NCHW", walltime = nil }])
  Several pictures in one.
SummaryWriter:add_text(tag, text [, step] [, walltime])
  A text, in Markdown.
SummaryWriter:add_hparams(hparams, metrics [, { run_name = nil, global_step = nil, walltime = nil }])
  Hyperparameters and what came of them, for the HPARAMS tab.
SummaryWriter:hparams(hparams, metrics)
  The records that add_hparams is made of.
SummaryWriter:flush()
  Does nothing that is needed: records are in the file at once.
SummaryWriter:path()
  The path of the event file.
SummaryWriter:close()
  Closes the file.
writers.JSONL(path [, { append = false }])
  A file with one JSON object in each line: writer:write { epoch = 1, loss = 0.5 }.
  > w = writers.JSONL(os.tmpname())
  > w:write { epoch = 1 }
  > w:close()
writers.CSV(path, columns [, { append = false }])
  A CSV file with these columns: writer:write { epoch = 1, loss = 0.5 }.
  > w = writers.CSV(os.tmpname(), { "epoch", "loss" })
  > w:write { epoch = 1, loss = 0.5 }
  > w:close()
]==]
