# What we write is read by NumPy and by safetensors for Python, where they are installed, and the other way round.
. tests/e2e/lib.sh

python=${PYTHON:-python3}
if ! "$python" -c 'import numpy, safetensors.numpy' >/dev/null 2>&1; then
    skip "NumPy and safetensors read what we write" "Python with numpy and safetensors is not installed"
    finish
    exit
fi
cat >"$work/write.lua" <<'L'
local ml = require "mlprun"
local nn = ml.nn
local dir = arg[1]
ml.manual_seed(3)
local model = nn.Sequential { nn.Flatten(), nn.Linear(12, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 2) }
ml.save_safetensors(dir .. "/model.safetensors", model:state_dict(), { metadata = { epoch = "3" } })
ml.save_npz(dir .. "/some.npz", { x = ml.arange(0, 6):reshape(2, 3), y = ml.tensor { 1.5, -2 } }, { compress = true })
ml.save_npy(dir .. "/t.npy", ml.arange(0, 6):reshape(2, 3):t())
L
mlprun "$work/write.lua" "$work"
ok "the files are written" eval 'status_is 0 && silent'
cat >"$work/read.py" <<'P'
import sys, numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file
d = sys.argv[1]
with safe_open(d + "/model.safetensors", "np") as f:
    assert f.metadata() == {"epoch": "3"}, f.metadata()
    names = sorted(f.keys())
    assert names == ["1.bias", "1.weight", "2.bias", "2.num_batches_tracked", "2.running_mean", "2.running_var", "2.weight",
                     "4.bias", "4.weight"], names
    assert f.get_tensor("1.weight").shape == (5, 12) and f.get_tensor("1.weight").dtype == np.float32
    assert f.get_tensor("2.num_batches_tracked").dtype == np.int64
    state = {name: f.get_tensor(name) for name in names}
z = np.load(d + "/some.npz")
assert (z["x"] == np.arange(6).reshape(2, 3)).all() and (z["y"] == [1.5, -2]).all()
assert (np.load(d + "/t.npy") == np.arange(6).reshape(2, 3).T).all()
state["4.bias"] = np.array([7, 8], dtype=np.float32)
save_file(state, d + "/back.safetensors")
np.savez(d + "/back.npz", a=np.arange(4, dtype=np.int64), b=np.float64(0.25), c=np.asfortranarray(np.eye(3, dtype=np.float32)))
P
"$python" "$work/read.py" "$work" >"$work/out" 2>"$work/err"
status=$?
ok "NumPy and safetensors read them" status_is 0
cat >"$work/back.lua" <<'L'
local ml = require "mlprun"
local nn = ml.nn
local model = nn.Sequential { nn.Flatten(), nn.Linear(12, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 2) }
model:load_state_dict((ml.load_safetensors(arg[1] .. "/back.safetensors")))
assert(model[5].bias:tolist()[2] == 8)
local z = ml.load_npz(arg[1] .. "/back.npz")
assert(z.a.dtype == "i64" and z.a:tolist()[4] == 3 and z.b:item() == 0.25 and z.c:equal(ml.eye(3)))
L
mlprun "$work/back.lua" "$work"
ok "we read theirs" eval 'status_is 0 && silent'

finish
