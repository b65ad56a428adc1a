--- mlprun.command.texts - what the command line offers, once: --help, the man page and the completions of shells are made
--- from it.
local layout = require "mlprun.base.layout"

local texts = {}

local LINE = 80 -- columns of what --help prints

texts.about = "runs image-classification experiments written as short Lua scripts"

-- What --help begins with: a line, and what it does.
texts.examples = {
  { "mlprun dropout.lua --data=photos", "an experiment on class folders of photos" },
  { "mlprun dropout.lua --help", "its options with their defaults" },
  { "mlprun new width && mlprun width.lua", "an experiment of your own" },
  { "mlprun", "the prompt, for exploring" },
}

-- Ways to call it without a command: words, what happens.
texts.ways = {
  { "SCRIPT [--option=value ...]", "run a script" },
  { "-i [SCRIPT ...]", "run it, then the prompt" },
  { "-q", "the prompt without its first line" },
  { "-e 'CODE'", "run one line, print its value" },
  { "-", "run standard input, script or expression" },
  { "--version | --help", "" },
}

-- The commands: name, words behind it, what it does; more: what its own --help says; examples; options for completion;
-- takes: "folder", "script", "name" or "data", for completion; helps: it has a --help of its own.
texts.commands = {
  { name = "new", words = "NAME", about = "write NAME.lua, to begin with", takes = "name",
    examples = { { "mlprun new width", "writes width.lua" }, { "mlprun width.lua --epochs=5", "and runs it" } },
    more = "The file has comments that say what to change. One that exists is not touched." },
  { name = "check", words = "SCRIPT [...]", about = "find mistakes without data or training",
    takes = "script",
    examples = { { "mlprun check width.lua", "unknown names, sizes that do not fit, likely mistakes" } },
    more = "The script runs once on a few pictures of noise, a step or two of each trial, and writes nothing that stays.\n"
      .. "The first mistake is shown with its line; the status is 1 then." },
  { name = "help", words = "[NAME]", about = "help on a name of the library", takes = "help",
    examples = { { "mlprun help nn.Linear", "signature, defaults, an example" },
                 { "mlprun help flip", "what comes near a word" } },
    more = "Without a name: all names, by part. At the prompt ?NAME does the same." },
  { name = "data", words = "fetch NAME | inspect DIR", takes = "data",
    about = "get a data set; look a folder over",
    examples = { { "mlprun data fetch emoji", "the pictures that experiments use when none are named" },
                 { "mlprun data inspect photos", "counts, sizes, files that cannot be read, copies" } },
    more = "fetch gets data sets that Debian packages: emoji, fashion-mnist. It takes --to=FOLDER, --from=FILE.deb and\n"
      .. "--any-version." },
  { name = "runs", words = "[FOLDER] | diff RUN RUN", about = "a table of runs; what differs", takes = "folder", helps = true,
    options = { "--sort", "--where", "--by", "--format" },
    examples = { { "mlprun runs --sort=-val_accuracy", "the best ones first" },
                 { "mlprun runs --format=csv", "for a spreadsheet" } },
    more = "--sort=COLUMN (-COLUMN: falling), --where=COLUMN=VALUE, --by=COLUMN: means of runs that are alike in it,\n"
      .. "--format=table|csv|json|md. What trials set, and options that are not the same in all runs, are columns\n"
      .. "too. FOLDER is runs unless said. diff says in what two runs differ." },
  { name = "report", words = "[FOLDER]", about = "tables and report.html of runs", takes = "folder",
    examples = { { "mlprun report runs/dropout", "the report of one experiment again" } },
    more = "FOLDER is runs unless said: every experiment below it. What the last call in a folder ran is compared: runs\n"
      .. "of the same script, options, pictures and version. Other runs that lie there are listed with what is different.\n"
      .. "A run that was killed shows what it reached. To train one run anew, remove its folder and call the script again\n"
      .. "with --resume." },
  { name = "predict", words = "RUN PHOTO|FOLDER...", about = "what a trained net says of pictures", takes = "folder",
    options = { "--top", "--threshold", "--format" },
    examples = { { "mlprun predict runs/dropout holiday.jpg", "the class, and how probable the net takes it to be" },
                 { "mlprun predict runs/dropout photos --top=3", "all pictures of a folder, three classes each" } },
    more = "RUN is the folder of a run, or of an experiment: its best run then. Its best.safetensors has all that a net\n"
      .. "of the library's layers is made of, and nothing that is stored there runs. One with a class of the script's own is\n"
      .. "code that no file can hold: ml.load_model takes it from a script. --top=N, --format=table|csv|json. One folder of\n"
      .. "class folders: a classification report follows the table. A net whose pictures have any of several labels shows the\n"
      .. "probability of each (with --top=N of the N most probable), and which are above --threshold=0.5. Pictures that cannot\n"
      .. "be read are listed, and the status is 1 then." },
  { name = "export", words = "RUN FILE.onnx", about = "a trained net for other programs", takes = "folder",
    options = { "--preprocess" },
    examples = { { "mlprun export runs/dropout model.onnx", "its best run, for onnxruntime and others" } },
    more = "An ONNX file of opset 18 that takes a batch of any size. Its metadata says the classes, and how pictures are\n"
      .. "resized and normalised; --preprocess puts that into the graph, which then takes pictures as they are (u8,\n"
      .. "batch x height x width x channels). RUN is the folder of a run, or of an experiment: its best run then.\n"
      .. "A net with a class of the script's own is written by a script: ml.export_onnx." },
  { name = "rerun", words = "RUN", about = "train a run again and compare", takes = "folder", options = { "--out" },
    examples = { { "mlprun rerun runs/dropout/dropout=0/seed-42", "the same bits, or in what it differs" } },
    more = "RUN is a run's folder or its manifest.json. The script runs with the options and in the folder that stand there;\n"
      .. "one that has changed since runs as it was. The new run goes to --out=FOLDER (runs/rerun). The status is 1 when\n"
      .. "curve or weights are not the same." },
  { name = "types", words = "", about = "the library for the Lua language server", takes = "nothing",
    examples = { { "mlprun types > types/mlprun.lua", "annotations: names, options, their texts" } },
    more = "make install puts them beside the program; mlprun new writes a .luarc.json with which an editor finds them." },
  { name = "completion", words = "bash | zsh", about = "makes a shell complete these words", takes = "shell",
    examples = { { 'eval "$(mlprun completion bash)"', "in ~/.bashrc" } },
    more = "make install puts both where shells look for them." },
}

texts.status = { { "0", "done" }, { "1", "the script failed" }, { "2", "wrong command line" },
                 { "75", "saved at SIGUSR1" },
                 { "130", "stopped" } }

local function listed(rows, indent)
  local width, lines = 0, {}
  for _, row in ipairs(rows) do
    if #row[1] <= 36 then width = math.max(width, #row[1]) end
  end
  for _, row in ipairs(rows) do
    local head = indent .. row[1]
    if row[2] == "" then lines[#lines + 1] = head
    elseif #row[1] > width then
      lines[#lines + 1] = head
      lines[#lines + 1] = indent .. layout.left("", width) .. "  " .. row[2]
    else lines[#lines + 1] = indent .. layout.left(row[1], width) .. "  " .. row[2] end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- The text of --help.
function texts.help()
  local usage = {}
  for _, way in ipairs(texts.ways) do usage[#usage + 1] = { "mlprun " .. way[1], way[2] } end
  for _, c in ipairs(texts.commands) do usage[#usage + 1] = { ("mlprun %s %s"):format(c.name, c.words), c.about } end
  local status = {}
  for i, each in ipairs(texts.status) do status[i] = each[1] .. " " .. each[2] end
  return ("mlprun %s.\n\n%s\nusage:\n%s\nexit status:\n%s\n"):format(texts.about, listed(texts.examples, "  "),
    listed(usage, "  "), layout.wrap(table.concat(status, ", "), LINE, "  ", "  "))
end

--- A command by its name.
function texts.command(name)
  for _, c in ipairs(texts.commands) do
    if c.name == name then return c end
  end
end

--- The text of `mlprun COMMAND --help`.
function texts.help_of(c)
  return ("%s\nusage: mlprun %s %s\n\n%s.\n%s\n"):format(listed(c.examples, "  "), c.name, c.words,
    c.about:sub(1, 1):upper() .. c.about:sub(2), layout.wrap(c.more, LINE))
end

-- ---- the man page ----

local function roff(text) return (text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("^%.", "\\&."):gsub("\n%.", "\n\\&.")) end

--- The man page, for man(1).
function texts.man(version)
  local out = {}
  local function put(...) out[#out + 1] = (...) end
  put(('.TH MLPRUN 1 "" "mlprun %s" "User Commands"'):format(version))
  put(".SH NAME\nmlprun \\- " .. roff(texts.about))
  put(".SH SYNOPSIS")
  for _, way in ipairs(texts.ways) do put(".B mlprun\n" .. roff(way[1]) .. "\n.br") end
  for _, c in ipairs(texts.commands) do put((".B mlprun %s\n%s\n.br"):format(c.name, roff(c.words))) end
  put(".SH DESCRIPTION\nA script says which trials there are; each is run with several seeds on the same pictures, and a\n"
    .. "table with intervals says which differences the data supports. Without arguments a prompt opens: ? helps there.")
  put(".SH COMMANDS")
  for _, c in ipairs(texts.commands) do
    local about = c.about:sub(1, 1):upper() .. c.about:sub(2)
    put((".TP\n.B %s %s\n%s.\n%s"):format(c.name, roff(c.words), roff(about), roff(c.more)))
  end
  put(".SH EXAMPLES")
  for _, each in ipairs(texts.examples) do put((".TP\n.B %s\n%s"):format(roff(each[1]), roff(each[2]))) end
  put(".SH EXIT STATUS")
  for _, each in ipairs(texts.status) do put((".TP\n.B %s\n%s"):format(each[1], roff(each[2]))) end
  put(".SH FILES\n.TP\n.I ~/.local/state/mlprun/history\nWhat was typed at the prompt.\n.TP\n.I ~/.config/mlprun/init.lua\n"
    .. "Runs when the prompt opens.\n.TP\n.I ~/.local/share/mlprun\nData sets that were fetched.")
  return table.concat(out, "\n") .. "\n"
end

return texts
