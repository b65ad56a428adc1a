return [==[
plot.plot
  Lines: plot { train = a, val = b }, plot(t) for one; also { x =, y =, low =, high = } for a line with a band.
  A NaN is a gap. xscale, yscale = "log": logarithmic axes. Several lines differ in colour, dashes and markers.
  Printed, a figure draws itself in the terminal; figure:save "x.png", "x.svg" or "x.pdf" writes it, as file = "x.png" does.
  > plot.plot { train = { 3, 2, 1 }, val = { 3, 2.5, 2.4 } }
  see plot.scatter, plot.bar, plot.hist, Figure:save
plot.scatter
  Points: { x =, y = }, with low = and high = a whisker through each; a list of them or a table by name for several sets.
  > plot.scatter({ x = { 0.001, 0.01, 0.1 }, y = { 52, 60, 41 } }, { xscale = "log", xlabel = "lr" })
plot.bar
  Bars: a list of numbers; several by name stand side by side; low = and high = are whiskers.
  > plot.bar({ train = { 80, 75 }, val = { 20, 19 } }, { labels = { "cat", "dog" } })
plot.heatmap
  A tensor of rows and columns, or a list of rows, as colours; up to 23 a side with the numbers in the cells.
  > plot.heatmap({ { 1, 2 }, { 3, 4 } }, { xticklabels = { "a", "b" }, yticklabels = { "c", "d" } })
plot.hist
  How often which values occur; hist(t) at the prompt.
  > plot.hist(ml.randn { 1000 })
plot.image_grid
  A grid of pictures with labels: images, a list of them, a batch n x 3 x height x width, or a data set.
  good: a list of booleans, a tick or a cross before each label; most: how many at most. Pictures are scaled smoothly, and
  pixels that become three times as large or more stay squares.
  > plot.image_grid(ml.rand { 4, 3, 8, 8 }, { labels = { "a", "b", "c", "d" } })
plot.show
  The same as image_grid; show(x) at the prompt.
plot.confusion_matrix
  A metrics.ConfusionMatrix as a picture; colours are shares of the rows. normalize = "true": percent of the rows, not counts.
  > c = metrics.ConfusionMatrix { "cat", "dog" }
  > c:add(ml.tensor { 1, 2 }, ml.tensor { 1, 1 })
  > plot.confusion_matrix(c)
plot.look
  A row for each layer that ran, printed as a table: shape without the batch, mean, std, share of zeros, how many values are
  NaN or infinite (where there are some), norm of its parameters' gradient, time, a histogram from its least to its greatest
  value. As a list: look[1].mean. Buffers, gradients and random numbers are put back. layer: the activations as pictures, the
  channels of the first row of the input or, for a Linear, rows by features. The prompt has it as :look model, x, labels.
  > model = nn.Sequential { nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2) }
  > plot.look(model, ml.randn { 8, 4 }, { labels = ml.randint(1, 3, { 8 }) })
  see Module:summary
Figure:save
  Writes the figure: the name ends in .png, .svg (letters stay letters) or .pdf. Returns the figure. PNG and PDF are drawn by
  cairo (package libcairo2) with the fonts of the machine.
Figure:svg
  The figure as an SVG element, a text.
Figure:image
  The figure as an image.
Figure:text
  The figure as lines for the terminal.
]==]
