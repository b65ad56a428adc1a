-- A small MLP on a folder of photos, with the training loop written out: every step can be seen and changed.
local ml = require "mlprun"
local nn, optim, augment, data, metrics, writers =
      ml.nn, ml.optim, ml.augment, ml.data, ml.metrics, ml.writers

local options = ml.options { data = data.default(), epochs = 30, batch_size = 32, lr = 1e-3, seed = 42 }
ml.manual_seed(options.seed)

local train_transform = augment.Compose {
  augment.Resize(64, 64),
  augment.HorizontalFlip { p = 0.5 },
  augment.RandomBrightnessContrast { p = 0.2 },
  augment.ShiftScaleRotate { p = 0.5 },
  augment.Normalize(),
  augment.ToTensorV2(),
}
local val_transform = augment.Compose { augment.Resize(64, 64), augment.Normalize(), augment.ToTensorV2() }

local folder = data.open(options.data, { channels = 3 }) -- a class folder of photos, or IDX files
local train, val = folder:split { val = 0.2, stratify = true, seed = options.seed }
local train_loader = data.DataLoader(train:with(train_transform), { batch_size = options.batch_size, shuffle = true })
local val_loader = data.DataLoader(val:with(val_transform), { batch_size = 256 })
print(folder)

local model = nn.Sequential {
  nn.Flatten(),
  nn.Linear(64 * 64 * 3, 512), nn.ReLU(), nn.Dropout(0.2),
  nn.Linear(512, 256), nn.ReLU(), nn.Dropout(0.2),
  nn.Linear(256, #folder.classes),
}
print(model)
local criterion = nn.CrossEntropyLoss()
local optimizer = optim.Adam(model:parameters(), { lr = options.lr })
local writer <close> = writers.SummaryWriter("runs/baseline")
local confusion, best

for epoch = 1, options.epochs do
  model:train()
  local loss_sum, right, count = 0, 0, 0
  for images, labels in train_loader:batches() do
    optimizer:zero_grad()
    local output = model(images)
    local loss = criterion(output, labels)
    loss:backward()
    optimizer:step()
    loss_sum, count = loss_sum + loss:item() * #labels, count + #labels
    right = right + output:argmax({ dim = 2 }):eq(labels):sum():item()
  end

  model:eval()
  confusion = metrics.ConfusionMatrix(folder.classes)
  ml.no_grad(function()
    for images, labels in val_loader:batches() do
      confusion:add(model(images):argmax { dim = 2 }, labels)
    end
  end)
  local accuracy = confusion:accuracy()
  if not best or accuracy > best.accuracy then best = { epoch = epoch, accuracy = accuracy, count = confusion:total() } end
  writer:add_scalar("train/loss", loss_sum / count, epoch)
  writer:add_scalar("train/accuracy", right / count, epoch)
  writer:add_scalar("val/accuracy", accuracy, epoch)
  writer:add_scalar("lr", optimizer.param_groups[1].lr, epoch)
  print(("epoch %2d  train loss %.4f  accuracy %.4f  val accuracy %.4f"):format(epoch, loss_sum / count, right / count, accuracy))
end

print(confusion:report())
local interval = metrics.stats.wilson(math.floor(best.accuracy * best.count + 0.5), best.count)
print(("Conclusion: of %d epochs number %d is best: %.1f %% of the validation pictures (95 %% interval %.1f to %.1f)."):format(
  options.epochs, best.epoch, 100 * best.accuracy, 100 * interval.low, 100 * interval.high))
