return [==[
plot.plot
  Lines: plot { train = a, val = b }, plot(t) for one; also { x =, y =, low =, high = } for a line with a band.
  Printed, a figure draws itself in the terminal; figure:save "x.png" or "x.svg" writes it, as file = "x.png" does.
  > plot { train = { 3, 2, 1 }, val = { 3, 2.5, 2.4 } }
  see plot.hist, Figure:save
plot.hist
  How often which values occur; hist(t) at the prompt.
  > plot.hist(ml.randn { 1000 })
plot.image_grid
  A grid of pictures with labels: images, a list of them, a batch n x 3 x height x width, or a data set.
  good: a list of booleans that colours the labels; most: how many at most.
  > plot.image_grid(ml.rand { 4, 3, 8, 8 }, { labels = { "a", "b", "c", "d" } })
plot.show
  The same as image_grid; show(x) at the prompt.
plot.confusion_matrix
  A metrics.ConfusionMatrix as a picture; colours are shares of the rows.
  > c = metrics.ConfusionMatrix { "cat", "dog" }
  > c:add(ml.tensor { 1, 2 }, ml.tensor { 1, 1 })
  > plot.confusion_matrix(c)
Figure:save
  Writes the figure: the name ends in .png or .svg. Returns the figure.
Figure:svg
  The figure as an SVG element, a text.
Figure:image
  The figure as an image.
Figure:text
  The figure as lines for the terminal.
]==]
