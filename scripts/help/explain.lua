return [==[
explain.saliency
  How much the score of a class changes with each pixel: the size of its gradient, the largest over the channels (Simonyan et
  al., 2013). Works for any net. The model is looked at in evaluation mode, and left as it was.
  > explain.saliency(nn.Sequential { nn.Flatten(), nn.Linear(48, 2) }, ml.rand { 1, 3, 4, 4 })
  see explain.occlusion, explain.grad_cam, explain.show
explain.occlusion
  What the score of a class loses when a window of the picture is covered (Zeiler and Fergus, 2013): the mean over the windows
  that cover a pixel. One pass through the model for each place of the window.
  > explain.occlusion(nn.Sequential { nn.Flatten(), nn.Linear(48, 2) }, ml.rand { 1, 3, 4, 4 }, { window = 2 })
explain.grad_cam
  Where the features of a convolution speak for a class (Selvaraju et al., 2017): its channels, weighted by the mean gradient
  of the score, added up, and what is above 0 brought to the picture's size.
  > net = nn.Sequential { nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2) }
  > explain.grad_cam(net, ml.rand { 1, 3, 4, 4 })
explain.weights
  The weights of a model's first layer as pictures, one for each unit: middle grey is 0, and the largest weight of a unit is
  full light or dark. A Linear behind a Flatten sees a square picture, of 3 channels or 1.
  > explain.weights(nn.Linear(48, 6), { file = os.tmpname() .. ".png" })
explain.show
  Pictures as the model sees them, each with its maps beside it, over the picture in grey. Below a picture: the class that is
  explained. methods: of "saliency", "occlusion", "grad_cam"; all that fit the model unless given.
    net, about = ml.load_model("runs/mlp_vs_cnn")
    x = about.transform(ml.data.read_image("holiday.jpg")):unsqueeze(1)
    explain.show(net, x, { classes = about.classes })
  see ml.load_model, plot.show
explain.picture
  A map as an Image: dark where it is 0 or below, light where it is largest; over: a picture below it, in grey.
  > explain.picture(ml.tensor { { 0, 1.0 }, { 0.5, 0 } })
]==]
