-- A small MLP on a folder of photos, with the training loop written out: every step can be seen and changed.
local ml = require "mlprun"
local nn, optim, data = ml.nn, ml.optim, ml.data

local activity = ml.experiment {
  name = "baseline",
  about = "A small MLP on a folder of photos, with the training loop written out",
  options = { epochs = 30, patience = 0, seeds = 1, lr = 1e-3, augment = true },
  help = { lr = "learning rate of Adam" },
}

activity:trial("mlp", function(run)
  local o = run.options
  -- Resized and normalised; the training pictures also flipped, lit and shifted, unless --no-augment says so.
  local train = data.DataLoader(run.train:with(run.train_transform),
    { batch_size = o.batch_size, shuffle = true, seed = run.seed, workers = o.workers })
  local val = data.DataLoader(run.val:with(run.val_transform), { batch_size = 256, workers = o.workers })
  local model = nn.Sequential {
    nn.Flatten(),
    nn.Linear(run.in_features, 512), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(512, 256), nn.ReLU(), nn.Dropout(0.2), nn.Linear(256, run.num_classes),
  }
  local criterion, optimizer = nn.CrossEntropyLoss(), optim.Adam(model:parameters(), { lr = o.lr })
  run.model, run.optimizer = model, optimizer

  -- One pass over the pictures, learning or not: the mean loss and the accuracy.
  local function pass(loader, learn)
    local loss_sum, right, count = 0, 0, 0
    for images, labels in loader:batches() do
      local output = model(images)
      local loss = criterion(output, labels)
      if learn then
        optimizer:zero_grad()
        loss:backward()
        optimizer:step()
      end
      loss_sum, count = loss_sum + loss:item() * #labels, count + #labels
      right = right + output:argmax({ dim = 2 }):eq(labels):sum():item()
    end
    return loss_sum / count, right / count
  end

  run:fit { epoch = function(epoch)
    train:set_epoch(epoch) -- the order and the transforms of this epoch
    model:train()
    local loss, accuracy = pass(train, true)
    model:eval()
    local val_loss, val_accuracy = ml.no_grad(function() return pass(val, false) end)
    print(("epoch %2d  train loss %.4f  accuracy %.4f  val accuracy %.4f"):format(epoch, loss, accuracy,
      val_accuracy))
    return { train_loss = loss, train_accuracy = accuracy, val_loss = val_loss, val_accuracy = val_accuracy }
  end }
end)

activity:report { conclude = function(trials, found)
  local mlp, points = trials.mlp, found.points
  return ("%sepoch %.3g of %.3g is best: %s of the %s pictures (95 %% interval %s to %s)."):format(
    mlp.done > 1 and "on the average " or "", mlp.best_epoch, mlp.epochs, found.percent(mlp.accuracy),
    found.part, points(mlp.low), points(mlp.high))
end }
