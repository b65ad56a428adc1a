--- mlprun.experiment.columns - the columns of an experiment's table, and its cells.
local words = require "mlprun.base.words"

local columns = {}

local LAST = "time\nper run" -- of every table; those that a script adds come behind it

--- How many columns of a table are in every table.
function columns.own(cells)
  for i, head in ipairs(cells[1]) do
    if head == LAST then return i end
  end
  return #cells[1]
end

--- Columns that a script may ask for: name -> head, format.
columns.KNOWN = {
  train_loss = { "training\nloss", "number" },
  first = { "after\n1 epoch", "percent" },
  reached = { "epochs to\na level", "one" },
  reached_seconds = { "seconds to\nthe level", "one" },
  steadiness = { "change per\nepoch", "points" },
}

local FORMATTED = {
  number = function(v) return v - v == 0 and ("%.3g"):format(v) or v ~= v and "NaN" or "infinite" end,
  percent = words.percent,
  points = words.points,
  count = function(v) return v - v == 0 and words.grouped(math.floor(v + 0.5)) or "-" end,
  one = function(v) return ("%.1f"):format(v) end,
}

local function decimal(value, several)
  return value and ((several and "%.1f" or "%.0f"):format(value)) or "-"
end

--- What a row shows of its runs: where all were cut, what they had come to.
---@param row table   of summary.of's
function columns.shown(row) return row.so_far or row end

-- The further columns: those that were asked for, then those that were recorded, in the order of their first record.
local function further_columns(rows, asked)
  local further, seen = {}, {}
  for _, name in ipairs(asked or {}) do
    local known = columns.KNOWN[name]
    further[#further + 1] = { head = known[1], format = known[2], of = function(row) return columns.shown(row)[name] end }
  end
  for _, row in ipairs(rows) do
    for _, entry in ipairs(columns.shown(row).recorded or {}) do
      if not seen[entry.name] then
        local name = entry.name
        seen[name] = true
        further[#further + 1] = { head = name:gsub(" ", "\n", 1), format = entry.format, of = function(other)
          local recorded = columns.shown(other).recorded
          return recorded and recorded[name] and recorded[name].value
        end }
      end
    end
  end
  return further
end

--- The table as rows of cells, with its head. asked: names of KNOWN; part: what trials are judged by, validation unless said.
function columns.cells(rows, asked, part)
  local test = part == "test"
  local cells = { { "trial", part or "validation", "95 %\ninterval", "training", "gap", "final\ngap", "best\nepoch",
                    "epochs\nrun", LAST } }
  if test then table.insert(cells[1], 4, "validation") end
  for _, row in ipairs(rows) do
    local several, shown = row.runs > 1, columns.shown(row)
    local notes = #row.notes > 0 and "  (" .. table.concat(row.notes, ", ") .. ")" or ""
    cells[#cells + 1] = {
      row.name .. notes, words.percent(shown.accuracy),
      shown.low and ("%s to %s"):format(words.points(shown.low), words.points(shown.high)) or "-",
      words.percent(shown.train), shown.gap and words.points(shown.gap) or "-",
      shown.final_gap and words.points(shown.final_gap) or "-",
      decimal(shown.best_epoch, several), decimal(row.epochs, several), row.seconds and words.duration(row.seconds) or "-",
    }
    if test then table.insert(cells[#cells], 4, words.percent(shown.val_accuracy)) end
  end
  for _, column in ipairs(further_columns(rows, asked)) do
    table.insert(cells[1], column.head)
    for i, row in ipairs(rows) do
      local value = column.of(row)
      table.insert(cells[i + 1], value and FORMATTED[column.format](value) or "-")
    end
  end
  return cells
end

return columns
