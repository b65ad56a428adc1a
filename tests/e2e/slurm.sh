# A sweep on Slurm: three simulated nodes of this machine, a cluster of this test's own (ports, keys, folders). An array has the
# bits of one process, whatever happens to its tasks.
. tests/e2e/lib.sh

missing=
for program in slurmctld slurmd sbatch munged mungekey; do command -v $program >/dev/null || missing="$missing $program"; done
[ "$(id -u)" -eq 0 ] || missing="$missing root"
case ${TEST_BUILD##*/} in *-*) missing="$missing a build without sanitizers" ;; esac
if [ -n "$missing" ]; then
    skip "a sweep on Slurm" "not here:$missing"
    finish
    exit
fi

# ---- the cluster ----

cluster=$work/cluster
port=$((20000 + $$ % 10000))
host=$(hostname)
mkdir -p "$cluster/state" "$cluster/spool" "$cluster/log"
chmod 755 "$work" "$cluster"
export SLURM_CONF="$cluster/slurm.conf"
end_cluster() {
    for file in "$cluster"/*.pid; do [ -s "$file" ] && kill "$(cat "$file")"; done
    sleep 1
    for file in "$cluster"/slurmd-*.pid; do [ -s "$file" ] && kill -9 "$(cat "$file")"; done
    rm -rf "$work"
} 2>/dev/null
trap end_cluster EXIT
cat >"$SLURM_CONF" <<C
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster/munge.socket,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool/%n
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd-%n.pid
SlurmctldLogFile=$cluster/log/slurmctld.log
SlurmdLogFile=$cluster/log/slurmd-%n.log
SlurmctldPort=$port
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmdTimeout=6
KillWait=5
MaxArraySize=4
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName=n[1-3] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 3))] CPUs=2 State=UNKNOWN
PartitionName=work Nodes=n[1-3] Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=n[1-3] MaxTime=INFINITE State=UP PriorityTier=10
C
echo CgroupAutomount=no >"$cluster/cgroup.conf"
mungekey --create --keyfile="$cluster/munge.key"
munged --force --socket="$cluster/munge.socket" --key-file="$cluster/munge.key" --pid-file="$cluster/munged.pid" \
    --log-file="$cluster/log/munged.log" --seed-file="$cluster/munge.seed"
slurmctld -c -f "$SLURM_CONF"
for n in 1 2 3; do slurmd -N n$n -f "$SLURM_CONF"; done

until_ok() { # until_ok TENTHS CONDITION...: whether it came true
    tenths=$1
    shift
    while [ "$tenths" -gt 0 ]; do
        if eval "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.1
        tenths=$((tenths - 1))
    done
    return 1
}
if ! until_ok 300 '[ "$(sinfo -h -N -p work -t idle -o %N | wc -l)" -eq 3 ]'; then
    tail -n 3 "$cluster"/log/*.log | sed 's/^/# /'
    skip "a sweep on Slurm" "the daemons do not start here"
    finish
    exit
fi

# ---- the sweep ----

mlprun tests/e2e/pictures.lua "$work/photos" 12
cat >"$work/net.lua" <<'L'
local ml = require "mlprun"
require("mlprun.experiment.checkpoint").EVERY = 0
local nn = ml.nn
local activity = ml.experiment { name = "net", options = { p = { 0, 0.3 } } }
for _, p in ipairs(activity.options.p) do
  activity:trial("p=" .. p, function(run)
    run.model = nn.Sequential { nn.Flatten(), nn.Dropout(p), nn.Linear(run.in_features, run.num_classes) }
    run.optimizer = ml.optim.Adam(run.model:parameters(), { lr = 0.01 })
    run:on("epoch", function() os.execute("sleep " .. (os.getenv("SLOW") or 0)) end)
    run:fit()
  end)
end
activity:report()
L
net() { # net OUT [OPTION...]
    to=$1
    shift
    mlprun "$work/net.lua" "--data=$work/photos" --image_size=8 --epochs=6 --patience=0 --batch_size=16 --keep=all \
        "--out=$work/$to" "$@"
}
is_whole() { # is_whole OUT RUN...: the bits of one process
    at=$1
    shift
    for run in "$@"; do cmp "$work/alone/net/$run/best.safetensors" "$work/$at/net/$run/best.safetensors" || return 1; done
}
all="p=0/seed-42 p=0/seed-43 p=0/seed-44 p=0.3/seed-42 p=0.3/seed-43 p=0.3/seed-44"
jobs() { sed -n 's/^  scancel //p' "$work/out"; }
is_empty() { [ -z "$(squeue -h)" ]; }
trained() { cat "$1"/net/slurm/*.log | grep -c ', seed 4.: validation .* at epoch'; }
logs() { sed 's/^/# /' "$1"/net/slurm/*.log; }
net alone

net two --on=slurm --pack=1
ok "an array is submitted, in chunks below MaxArraySize" \
    eval 'status_is 0 && out_has "submitted 6 runs as 6 tasks" && out_has "--array=0-3 " && out_has "--array=0-1 " && out_has ".tasks 4"'
ok "with the commands, how to watch and how to cancel" eval 'out_has "  sbatch --parsable" && out_has "  squeue --jobs=" && out_has "  scancel "'
# a second one of the same plan, which does not know of the first
mv "$work/two/net/slurm" "$work/kept" && mkdir "$work/two/net/slurm"
net two --on=slurm --pack=2 --parallel=2
ok "a second one of the same plan is submitted beside it" eval 'status_is 0 && out_has "as 3 tasks" && out_has "--array=0-2%2"'
ok "both come to their end" until_ok 900 is_empty
cp "$work/kept"/* "$work/two/net/slurm/"
# shellcheck disable=SC2086
ok "to the bits of one process" is_whole two $all
ok "each run was trained once" eval '[ "$(trained "$work/two")" -eq 6 ]'
ok "and a job made the report" [ -s "$work/two/net/report.html" ]
net two --on=slurm
ok "then nothing is missing" eval 'status_is 0 && out_has "nothing: all runs have ended"'

net held --on=slurm --slurm=--hold --seeds=1
ok "options are handed on to sbatch" eval 'status_is 0 && out_has " --hold "'
mlprun runs "$work/held"
ok "mlprun runs shows what waits" eval 'status_is 0 && [ "$(grep -c " pending " "$work/out")" -eq 2 ]'
net held --on=slurm --seeds=1
ok "what is in the queue is not submitted again" eval 'status_is 0 && out_has "nothing: what is missing is in the queue"'
net held --on=slurm --seeds=2
ok "a plan in which a number of the queue is another run is refused" \
    eval 'status_is 1 && err_has "run 2 (p=0.3, seed 42) is in Slurm" && err_has "would be another run in a new" && [ "$(wc -l <"$work/held/net/plan.jsonl")" -eq 2 ]'
net held --plan --seeds=2
ok "by --plan, too" eval 'status_is 1 && err_has "would be another run"'
scancel --me
ok "it is cancelled" until_ok 300 is_empty
mlprun runs "$work/held"
ok "and is only planned then" eval 'status_is 0 && [ "$(grep -c " planned " "$work/out")" -eq 2 ]'

# ---- four tasks, each on its way when something happens to it ----

export SLOW=2
net hit --on=slurm --seeds=2 --slurm=--exclusive --threads=1
unset SLOW
# shellcheck disable=SC2046
set -- $(jobs)
job=$1
node_of() { squeue -h -r -j "${job}_$1" -t running -o %N; }
on_its_way() { [ "$(wc -l <"$work/hit/net/$1/metrics.jsonl")" -ge 2 ]; }
ok "three run" until_ok 600 'on_its_way p=0/seed-42 && on_its_way p=0/seed-43 && on_its_way p=0.3/seed-42'
mlprun runs "$work/hit"
ok "mlprun runs shows what runs and what waits" eval '[ "$(grep -c " running " "$work/out")" -eq 3 ] && [ "$(grep -c " pending " "$work/out")" -eq 1 ]'
dead=$(node_of 2)
scontrol requeue "${job}_0"
sbatch --parsable -p urgent -w "$(node_of 1)" --exclusive --output=/dev/null --wrap="sleep 1" >/dev/null
# a node dies: its daemon, the one of its task, and what that started
parent() { ps -o ppid= -p "$1" | tr -d ' '; }
program=$(pgrep -f "runs=3 .*--task=slurm-${job}_2" | head -n 1)
script=$(parent "$program")
kill -9 "$(cat "$cluster/slurmd-$dead.pid")" "$(parent "$script")" "$script" "$program"
ok "and what waits to be started again" until_ok 100 'mlprun runs "$work/hit"; grep -q " requeued " "$work/out"'
ok "one that is told that its time is nearly up" until_ok 900 'on_its_way p=0.3/seed-43'
scancel --signal=USR1 --batch "${job}_3"
ok "all come to their end" until_ok 1200 is_empty
for run in p=0/seed-42 p=0/seed-43 p=0.3/seed-42 p=0.3/seed-43; do ok "$run: to the bits of one process" is_whole hit $run; done
for task in 0 1 2 3; do
    ok "task $task was started again and went on" eval \
        'grep -q "restarts 1" "$work/hit/net/slurm/${job}_$task.log" && grep -q "goes on" "$work/hit/net/slurm/${job}_$task.log"'
done
ok "the one whose time was up was saved and asked for more" grep -q "Stopped by SIGUSR1" "$work/hit/net/slurm/${job}_3.log"
ok "the node that died is down" eval '[ -n "$(sinfo -h -n "$dead" -t down -o %n)" ]'
ok "none of it left a claim" eval '[ -z "$(find "$work/hit" -name "claim.json*")" ]'
[ "$failures" -eq 0 ] || logs "$work/hit"

# ---- cancel; the folder has what Slurm and the shell have a meaning for ----

odd="50%A of it's \$HOME"
export SLOW=2
net "$odd" --on=slurm --seeds=1
ok "two runs begin" until_ok 600 '[ "$(cat "$work/$odd"/net/p*/seed-42/metrics.jsonl | wc -l)" -ge 2 ]'
# shellcheck disable=SC2046
scancel $(jobs)
ok "they are cancelled" until_ok 300 is_empty
mlprun runs "$work/$odd"
ok "and are saved" eval '[ "$(grep -c " stopped " "$work/out")" -eq 2 ]'
unset SLOW
net "$odd" --on=slurm --seeds=1
ok "the same command submits them again" eval 'status_is 0 && out_has "submitted 2 runs as 2 tasks"'
ok "they come to their end" until_ok 900 is_empty
ok "to the bits of one process" is_whole "$odd" p=0/seed-42 p=0.3/seed-42
ok "their logs lie beside the tasks" eval '[ "$(ls "$work/$odd"/net/slurm/*_[01].log | wc -l)" -eq 4 ]'
net 'back\slash' --on=slurm --seeds=1
ok "a backslash, which no log's path can have, is refused" eval 'status_is 1 && err_has "Slurm drops the backslash" && is_empty'

finish
