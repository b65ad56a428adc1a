# Wrong scripts, as people write them: mlprun check finds each before anything is trained, with a sentence that says what to do.
. tests/e2e/lib.sh
cd "$work" || exit 1

cat >right.lua <<'L'
local ml = require "mlprun"
local nn, optim, data, augment = ml.nn, ml.optim, ml.data, ml.augment
local activity = ml.experiment { name = "net", options = { lr = 1e-3, size = 32 } }
-- OUTSIDE
activity:trial("a", function(run)
  run.model = nn.Sequential {
    nn.Flatten(),
    nn.Linear(run.in_features, run.options.size), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(run.options.size, run.num_classes), -- LAST
  }
  run.optimizer = optim.Adam(run.model:parameters(), { lr = run.options.lr })
  -- MORE
  run:fit()
  -- AFTER
end)
activity:report()
L
mlprun check right.lua
ok "the right one is right" eval 'status_is 0 && silent'

echo 'function from_beside() end' >beside.lua

found() { status_is 1 && err_has "$1" && [ ! -d runs ]; }
wrong() { # wrong NAME TEXT SED...: the right script with one mistake, and what has to be said
    name=$1 text=$2
    shift 2
    sed "$@" right.lua >wrong.lua
    if cmp -s right.lua wrong.lua; then text="the mistake was not planted"; fi
    mlprun check wrong.lua
    ok "found: $name" found "$text"
}
more() { # more NAME TEXT LUA: with lines before run:fit()
    wrong "$1" "$2" -e "s|-- MORE|$3|"
}
transform() { printf 'augment.Compose { augment.Resize(run.image_size, run.image_size), %s }' "$1"; }
tensor='augment.Normalize(), augment.ToTensorV2()'

# the net
wrong "an activation behind the last layer" "run.model ends with ReLU, which bounds the scores" 's/ -- LAST/ nn.ReLU(),/'
wrong "a Sigmoid there" "run.model ends with Sigmoid" 's/ -- LAST/ nn.Sigmoid(),/'
wrong "Dropout there" "run.model ends with Dropout, which sets scores of classes to 0" 's/ -- LAST/ nn.Dropout(0.2),/'
wrong "two linear layers without an activation" "the layers '1' and '3' (Linear) follow each other without an activation" 's/ nn.ReLU(),//'
wrong "the share that is kept given to Dropout" "the layer '3' (Dropout) drops 95 % of what comes in" 's/Dropout(0.2)/Dropout(0.95)/'
wrong "no Flatten" "put nn.Flatten() before the first Linear" 's/^    nn.Flatten(),$//'
wrong "a net for grey pictures" "expects 4096 features and got 12288" 's/run.in_features/64 * 64/'
wrong "channels of a convolution" "layer '0' (Conv2d)" 's/^    nn.Flatten(),$/    nn.Conv2d(1, 3, 3, { padding = 1 }), nn.Flatten(),/'
wrong "ten classes, as in MNIST" "but there are 3 classes" 's/run.num_classes/10/'
wrong "all classes in one output" "but there are 3 classes" 's/run.num_classes/1/'
more "weights that all begin at 0" "no gradient reaches '1.weight'" \
    'for _, p in ipairs(run.model:parameters()) do nn.init.zeros_(p) end'
wrong "a layer that is not used" "the parameter 'spare.weight' and 1 more of run.model takes no part in its output" \
    -e 's/-- OUTSIDE/local Net = nn.Module:subclass("Net") function Net:__init(a, b) self.fc = nn.Linear(a, b) self.spare = nn.Linear(b, b) end function Net:forward(x) return self.fc(x:flatten(2)) end/' \
    -e 's/-- MORE/run.model = Net(run.in_features, run.num_classes) run.optimizer = optim.Adam(run.model:parameters())/'
wrong "a detach in forward" "the loss does not depend on the parameters of run.model" \
    -e 's/-- OUTSIDE/local Net = nn.Module:subclass("Net") function Net:__init(a, b) self.fc = nn.Linear(a, b) end function Net:forward(x) return self.fc(x:flatten(2)):detach() end/' \
    -e 's/-- MORE/run.model = Net(run.in_features, run.num_classes) run.optimizer = optim.Adam(run.model:parameters())/'
wrong "one model for all runs" "run.model was trained already, in trial 'a', seed 42" \
    -e 's/-- OUTSIDE/local model = nn.Sequential { nn.Flatten(), nn.Linear(3 * 64 * 64, 3) }/' \
    -e 's/-- MORE/run.model = model run.optimizer = optim.Adam(model:parameters())/'

# the loss
more "MSELoss with numbers of classes" "run.criterion (MSELoss) cannot compare the output with the labels" 'run.criterion = nn.MSELoss()'
more "BCEWithLogitsLoss with more than two classes" "nn.CrossEntropyLoss() takes" 'run.criterion = nn.BCEWithLogitsLoss()'
more "NLLLoss without LogSoftmax" "NLLLoss takes logarithms of probabilities" 'run.criterion = nn.NLLLoss()'
more "weights of too few classes" "run.criterion (CrossEntropyLoss) cannot compare" 'run.criterion = nn.CrossEntropyLoss { weight = ml.tensor { 1.0, 2.0 } }'
more "a loss for each picture" 'run.criterion has reduction = "none"' 'run.criterion = nn.CrossEntropyLoss { reduction = "none" }'
more "a loss that is added up" "run.criterion adds losses up" 'run.criterion = nn.CrossEntropyLoss { reduction = "sum" }'
more "a loss made a number" "gives 1." 'run.criterion = function(o, y) return nn.functional.cross_entropy(o, y):item() end'

# the optimizer and the schedule
more "nothing that requires a gradient" "no parameter of run.model requires a gradient" \
    'for _, p in ipairs(run.model:parameters()) do p:requires_grad_(false) end'
more "a part of the parameters" "run.optimizer has not all parameters of run.model: '1.weight' and 1 more" \
    'run.optimizer = optim.SGD(run.model[5]:parameters(), { lr = 0.1 })'
more "the parameters of the model before" "none of which is run.model's" \
    'run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) }'
more "a rate of 0" "the learning rate is 0" 'run.optimizer = optim.SGD(run.model:parameters(), { lr = 0 })'
more "a rate of 1 for Adam" "the learning rate is 1: with Adam" 'run.optimizer = optim.Adam(run.model:parameters(), { lr = 1 })'
more "the schedule of another optimizer" "sets the rates of another optimizer" \
    'run.scheduler = optim.lr_scheduler.StepLR(optim.SGD(run.model:parameters(), { lr = 1 }), 5)'
more "a plateau that watches the wrong way" "is better when it is higher" \
    'run.scheduler = optim.lr_scheduler.ReduceLROnPlateau(run.optimizer) run.monitor = "val_accuracy"'
more "a schedule that ends too soon" "run.scheduler is made for 2 steps, but the run has up to" \
    'run.scheduler = optim.lr_scheduler.OneCycleLR(run.optimizer, 0.1, { total_steps = 2 })'
more "a plateau against what is watched" "is better when it is lower: pass { mode = \"min\" }" \
    'run.scheduler = optim.lr_scheduler.ReduceLROnPlateau(run.optimizer, { mode = "max" }) run.monitor = "val_loss"'
more "another library's name to watch" "monitor is 'val_acc', which no epoch will have: did you mean 'val_accuracy'?" 'run.monitor = "val_acc"'
more "a name to watch that nothing records" "run.monitor is 'nope', expected train_accuracy" 'run.monitor = "nope"'
more "a field of another library" "a run has no field 'mode' to set: run.monitor_mode is" 'run.mode = "max"'
more "an option set as a field" "a run has no field 'epochs' to set: an option, run.options.epochs: --epochs" 'run.epochs = 5'
more "a loss that is not made" "run.criterion is a class, expected an object of it" 'run.criterion = nn.CrossEntropyLoss'
more "a layer that is not made" "run.model is a class, expected an object of it" 'run.model = nn.Linear'
more "an optimizer by its name" "run.optimizer is 'adam', expected an optimizer, such as optim.Adam(" 'run.optimizer = "adam"'
more "a module for an optimizer" "expected an optimizer, such as optim.Adam(" 'run.optimizer = run.model'
more "a number for a sampler" "run.sampler is 3, expected a sampler, such as" 'run.sampler = 3'
more "a name for a batch's transform" "run.batch_transform is 'mixup', expected a function" 'run.batch_transform = "mixup"'
more "no pictures for validation" "run.val is nil, expected a data set" 'run.val = run.test'
more "an event that there is none of" "run:on: there is no event 'epoch_end': did you mean 'epoch'?" 'run:on("epoch_end", print)'
more "a function that was called" "run:on: got a nil, expected a function" 'run:on("epoch", run:record("x", 1))'
more "a seed in the trial" "ml.manual_seed(7) in the trial's function makes runs of all its seeds begin with the same weights" 'ml.manual_seed(7)'

more "a batch's transform that returns nothing" \
    "run.batch_transform returned nil and nil, expected pictures and their targets: end it with return images, labels" \
    'run.batch_transform = function(x, y) local _ = x:flip(4), y end'
more "a batch's transform without targets" "run.batch_transform returned a Tensor of shape 32x3x64x64 and nil" \
    'run.batch_transform = function(x) return x end'

# the pictures
more "means of 0 to 255" "Normalize takes mean and std as shares of 1, not of 255" \
    "local t = $(transform 'augment.Normalize { mean = { 124, 116, 104 }, std = { 58, 57, 57 } }, augment.ToTensorV2()') run.train_transform, run.val_transform = t, t"
more "no Normalize" "the input is u8" "local t = $(transform 'augment.ToTensorV2()') run.train_transform, run.val_transform = t, t"
more "weights of classes for a sampler of pictures" "run.sampler draws none but the first 3 pictures of" \
    'run.sampler = data.WeightedRandomSampler(run.train:class_weights(), 500)'
more "neither of both for training" "the pictures reach run.model as levels (u8): the transform lacks augment.Normalize()" \
    "run.train_transform = augment.HorizontalFlip()"
more "other numbers for validation" "training pictures are normalised with augment.Normalize" \
    "run.train_transform = $(transform 'augment.Normalize { mean = { 0.5, 0.5, 0.5 }, std = { 0.5, 0.5, 0.5 } }, augment.ToTensorV2()')"
more "validation pictures that change" "run.val_transform changes validation pictures at random" \
    "run.val_transform = $(transform "augment.HorizontalFlip(), $tensor")"
more "another size for training" "expects 12288 features" \
    "run.train_transform = augment.Compose { augment.Resize(32, 32), $tensor }"
more "validation with training pictures" "pictures in run.val are in run.train too" 'run.val = run.train'
more "all pictures for training" "are in run.train too" 'run.train = activity.data.all'
more "classes of one side only" "run.train has 2 classes" 'run.train = run.train:select_classes(2)'

# the script
wrong "no report" "activity:report() is missing" 's/^activity:report()$//'
wrong "an option of the report that there is none of" "activity:report in line 16: unknown option 'pair': did you mean 'pairs'?" \
    's/^activity:report()$/activity:report { pair = { { "a", "b" } } }/'
wrong "a pair of a trial that there is none of" "pairs names a trial 'b' that was not run" \
    's/^activity:report()$/activity:report { pairs = { { "a", "b" } } }/'
wrong "a conclusion that is no sentence" "conclude returned 5, expected a sentence" \
    's/^activity:report()$/activity:report { conclude = function() return 5 end }/'
wrong "a method with a point" '  Lua |   run:fit()' 's/^  run:fit()$/  run.fit()/'
wrong "a trial with a point" '  Lua | activity:trial("a"' 's/^activity:trial/activity.trial/'
wrong "an option of the wrong kind" "patience is no, expected a whole number" 's/size = 32 }/size = 32, patience = "no" }/'
wrong "no trial" "no trial is run" 's/^activity:trial.*$/local _ = (function(run)/'
wrong "no fit" "did not train: call run:fit() in its function" 's/^  run:fit()$//'
wrong "a fit too many" "this run was trained already" 's/^  run:fit()$/  run:fit() run:fit()/'

# names that no run came to, and what a script does with its trials
more "a misspelt function in epoch 10" "wrong.lua:12: undefined global 'prnt': did you mean 'print'?" \
    'run:on("epoch", function(e) if e == 10 then prnt("ten") end end)'
more "a misspelt layer in epoch 10" "wrong.lua:12: ml.nn has no 'Linaer': did you mean 'Linear'?" \
    'run:on("epoch", function(e) if e == 10 then run.model = nn.Linaer(3, 3) end end)'
more "a misspelt loss in epoch 10" "wrong.lua:12: ml.nn.functional has no 'cross_entorpy'" \
    'run:on("epoch", function(e) if e == 10 then print(nn.functional.cross_entorpy) end end)'
more "a misspelt function of the library in epoch 10" "wrong.lua:12: ml has no 'sav': did you mean" \
    'run:on("epoch", function(e) if e == 10 then ml.sav(1, "x") end end)'
more "a global in a function" "wrong.lua:12: 'best' is a new global, made in a function" 'best = 0'
more "a global in epoch 10" "wrong.lua:12: 'late' is a new global" 'run:on("epoch", function(e) if e == 10 then late = e end end)'
wrong "an option that nothing reads" "nothing reads the option 'lr': run.options.lr has its value" 's/run.options.lr/1e-3/'
wrong "help of no option" "help has 'szie', which is no option: did you mean 'size'?" 's/size = 32 }/size = 32 }, help = { szie = "width" }/'
wrong "an option with half a picture" "val is 1.5, expected a share between 0 and 1" 's/size = 32 }/size = 32, val = 1.5 }/'
wrong "a name for a switch" "augment is flip, expected true or false" 's/size = 32 }/size = 32, augment = "flip" }/'
wrong "trials that use nothing in which they differ" "the trials 'p=0' and 'p=0.5' do the same" \
    -e 's/^activity:trial("a"/for _, p in ipairs { 0, 0.5 } do activity:trial("p=" .. p/' -e 's/^end)$/end) end/'
wrong "two trials of a name" "there is a trial 'a' already" -e 's/^activity:trial/for _ = 1, 2 do activity:trial/' -e 's/^end)$/end) end/'
wrong "a trial behind the report" "trial 'b' comes behind activity:report(), and is in no table" \
    '$a activity:trial("b", function(run) run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, run.num_classes) } run.optimizer = optim.Adam(run.model:parameters()) run:fit() end)'
wrong "a comparison with no trial" "there is no trial 'zz'" \
    's/^activity:report()$/activity:report { conclude = function(_, found) return "a" .. found:between("a", "zz").p end }/'
wrong "a field of a trial that there is none of" "attempt to concatenate a nil value (field 'acc')" \
    's/^activity:report()$/activity:report { conclude = function(trials) return "a" .. trials[1].acc end }/'
more "a number that is none" "'f1' is a Tensor of shape 3, expected a number" 'run:record("f1", ml.ones(3))'
wrong "a misspelt option in a trial of its own options" "there is no option 'sze': did you mean 'size'?" \
    -e 's/-- MORE/print(run.options.sze)/' -e 's/^end)$/end, { batch_size = 8 })/'
more "labels from 0 in a loss" "labels count from 1" 'run.criterion = function(o, y) return nn.functional.cross_entropy(o, y - 1) end'
more "momentum of 9" "momentum is 9: from 1 on no gradient is ever forgotten" \
    'run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.1, momentum = 9 })'
more "a rate of 100" "the learning rate is 100: 0.1 and less are usual with SGD" 'run.optimizer = optim.SGD(run.model:parameters(), { lr = 100 })'
more "weight decay of 10" "weight_decay is 10: the weights go to 0" 'run.optimizer = optim.AdamW(run.model:parameters(), { weight_decay = 10 })'
more "a schedule in the wrong place" "ml.optim has no 'StepLR': it is ml.optim.lr_scheduler.StepLR" 'run.scheduler = optim.StepLR(run.optimizer, 5)'
more "a schedule that never begins" "StepLR changes the rate after 30 epochs for the first time (step_size)" \
    'run.scheduler = optim.lr_scheduler.StepLR(run.optimizer, 30)'
more "milestones behind the end" "MultiStepLR changes the rate after 60 epochs for the first time (milestones)" \
    'run.scheduler = optim.lr_scheduler.MultiStepLR(run.optimizer, { 80, 60 })'
more "a schedule that is stepped twice" "the script calls run.scheduler:step() too, which run:fit does after each epoch" \
    'run.scheduler = optim.lr_scheduler.ExponentialLR(run.optimizer, 0.9) run:on("epoch", function() run.scheduler:step() end)'
more "an optimizer that is stepped twice" "the script calls optimizer:step() too" 'run:on("step", function() run.optimizer:step() end)'
net() { wrong "$1" "$2" -e "s/-- OUTSIDE/local Net = nn.Module:subclass(\"Net\") $3/" \
    -e 's/-- MORE/run.model = Net(run.in_features, run.num_classes) run.optimizer = optim.Adam(run.model:parameters())/'; }
net "dropout that is never off" "run.model answers otherwise each time it is asked" \
    'function Net:__init(a, b) self.fc = nn.Linear(a, b) end function Net:forward(x) return self.fc(nn.functional.dropout(x:flatten(2), { p = 0.5, training = true })) end'
net "a layer that is made in forward" "run.model answers otherwise each time it is asked" \
    'function Net:__init(a, b) self.fc = nn.Linear(a, 9) self.b = b end function Net:forward(x) return nn.Linear(9, self.b)(self.fc(x:flatten(2)):relu()) end'
net "layers in a plain table" "modules in a plain table are not found by parameters()" \
    'function Net:__init(a, b) self.all = { nn.Linear(a, b) } end function Net:forward(x) return self.all[1](x:flatten(2)) end'
net "no return in forward" "run.model gives nil, expected a tensor" \
    'function Net:__init(a, b) self.fc = nn.Linear(a, b) end function Net:forward(x) self.fc(x:flatten(2)) end'

# none of which is a mistake
right() { # right NAME SED...
    name=$1
    shift
    sed "$@" right.lua >other.lua
    mlprun check other.lua
    ok "no mistake: $name" eval 'status_is 0 && silent'
}
right "trials whose function uses what a table around it holds" -e 's/^activity:trial("a"/local o = {} for _, p in ipairs { 0.1, 0.5 } do o.p = p activity:trial("p=" .. p/' \
    -e 's/Dropout(0.2)/Dropout(o.p)/' -e 's/^end)$/end) end/'
right "options that a trial with some of its own reads" 's/^end)$/end, { batch_size = 8 })/'
right "what a function calls its own" -e 's/-- OUTSIDE/local function size(data) return data.sides end size { sides = 1 }/'
right "a layer that a script adds" -e 's/-- OUTSIDE/nn.Mine = nn.Linear/' -e 's/-- MORE/print(nn.Mine, nn.init.constant_, ml.optim.lr_scheduler.StepLR)/'
right "a part that is required by itself" -e 's/-- OUTSIDE/local draws = require("mlprun").plot/' -e 's/-- MORE/if run.seed < 0 then draws.show() end/'
right "globals that are set outside first" -e 's/-- OUTSIDE/best = 0/' -e 's/-- MORE/best = best + 1/'
right "globals that are meant" -e 's/-- OUTSIDE/warn "@off"/' -e 's/-- MORE/best = 1/'
right "a function of a file beside it" -e 's/-- OUTSIDE/require "beside"/' -e 's/-- MORE/from_beside()/'
right "label smoothing and focal losses" \
    -e 's/-- MORE/run.criterion = function(o, y) local p = (-nn.functional.cross_entropy(o, y, { reduction = "none" })):exp() return -((1 - p):pow(2) * (p + 1e-8):log()):mean() end/'

cat >loop.lua <<'L'
local ml = require "mlprun"
local nn, optim, data = ml.nn, ml.optim, ml.data
local activity = ml.experiment { name = "loop" }
activity:trial("a", function(run)
  run.model = nn.Sequential { nn.Flatten(), nn.Linear(run.in_features, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, run.num_classes) }
  run.optimizer = optim.SGD(run.model:parameters(), { lr = 0.1 })
  local function pass(set, transform, learn)
    local sum, right, count = 0, 0, 0
    for images, labels in data.DataLoader(set:with(transform), { batch_size = 16 }):batches() do
      local output = run.model(images)
      local loss = run.criterion(output, labels)
      if learn then
        run.optimizer:zero_grad()
        loss:backward()
        run.optimizer:step()
      end
      sum, count = sum + loss:item() * #labels, count + #labels
      right = right + output:argmax({ dim = 2 }):eq(labels):sum():item()
    end
    return sum / count, right / count
  end
  run:fit { epoch = function()
    run.model:train()
    local loss, accuracy = pass(run.train, run.train_transform, true)
    run.model:eval()
    local val_loss, val_accuracy = ml.no_grad(function() return pass(run.val, run.val_transform, false) end)
    return { train_loss = loss, train_accuracy = accuracy, val_loss = val_loss, val_accuracy = val_accuracy }
  end }
end)
activity:report()
L
cp loop.lua right.lua
mlprun check right.lua
ok "a loop of one's own is right" eval 'status_is 0 && silent'
wrong "gradients that are not set to zero" "never calls optimizer:zero_grad()" 's/^ *run.optimizer:zero_grad()$//'
wrong "no backward" "changes no parameter of run.model: loss:backward() belongs before" 's/^ *loss:backward()$//'
wrong "no step" "never calls optimizer:step()" 's/^ *run.optimizer:step()$//'
wrong "measuring in training mode" "measures validation pictures in training mode, where BatchNorm1d is at work" 's/^ *run.model:eval()$//'
wrong "training in evaluation mode" "trains in evaluation mode, where BatchNorm1d takes running statistics" 's/^ *run.model:train()$/    run.model:eval()/'

sed 's/ml.no_grad(function() return \(pass(.*)\) end)$/\1/' loop.lua >recorded.lua
mlprun check recorded.lua
ok "measuring with gradients is no mistake" eval 'status_is 0 && silent && out_has "ml.no_grad(function() ... end) around that"'
cp recorded.lua right.lua
wrong "measuring in training mode, with gradients" "measures validation pictures in training mode" 's/^ *run.model:eval()$//'
wrong "training in evaluation mode, beside measuring" "trains in evaluation mode" 's/^ *run.model:train()$/    run.model:eval()/'
cp loop.lua right.lua
right "passes without a gradient while it trains" \
    -e 's/^    run.model:train()$/&  ml.no_grad(function() return pass(run.train, run.train_transform, false) end)/'
right "gradients of pictures in evaluation mode" \
    -e 's/^    run.model:eval()$/&  local x = ml.rand(2, 3, 64, 64) x:requires_grad_() run.model(x):sum():backward()/'

# the folder, when it is there
for f in Training_data Testing_data other; do mlprun "$OLDPWD/tests/e2e/pictures.lua" "photos/$f" 3; done
"$MLPRUN" data inspect photos >said 2>&1
mlprun check right.lua --data=photos
ok "found: classes that are called like parts" eval 'status_is 1 && err_has "call the parts train, val and test"'
for f in fold1 fold2; do mlprun "$OLDPWD/tests/e2e/pictures.lua" "folds/$f" 3; done
mlprun check right.lua --data=folds
ok "found: folders with the same folders in them" eval 'status_is 1 && err_has "'"'fold1', 'fold2'"' are the classes here, and each has the same folders in it"'
mlprun check right.lua --data=folds --group='([^/]+)/[^/]+$'
ok "with a group they are meant" eval 'status_is 0 && silent'
mlprun "$OLDPWD/tests/e2e/pictures.lua" six 3
mkdir -p six/pear six/quince six/fig && cp six/plum/* six/pear && cp six/plum/* six/quince && cp six/plum/* six/fig
printf 'file,kind\nsix/fig/01.png,fig\nsix/pear/01.png,pear\n' >list.csv
mlprun check right.lua --data=list.csv --csv-path=file --csv-label=kind
ok "a list with columns of other names is no mistake" eval 'status_is 0 && silent'
sed 's/run.num_classes/6/' right.lua >six.lua
mlprun check six.lua --data=six
ok "a net for the classes of a folder fits" eval 'status_is 0 && silent'

finish
