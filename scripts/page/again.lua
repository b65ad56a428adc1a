--- mlprun.page.again - commands to copy: the same again, and how to use the best net.
local html = require "mlprun.page.html"
local shell = require "mlprun.base.shell"

return function(experiment)
  local from, list = experiment.reference, {}
  for i, word in ipairs(type(from.command) == "table" and from.command or {}) do list[i] = shell.word(word) end
  local folder = shell.word(type(from.folder) == "string" and from.folder or experiment.folder)
  local function part(text, commands) return html.paragraphs { { text = text } } .. "\n" .. html.pre(commands) end
  return { title = "How to do it again, and how to use the best net", body = table.concat({
    part("The same again:", table.concat(list, " ")),
    part("This page again; the curves in a browser:", ("mlprun report %s\ntensorboard --logdir %s"):format(folder, folder)),
    part("What is on a new photo, or on all photos of a folder:", ("mlprun predict %s photo.jpg"):format(folder)),
  }, "\n") }
end
