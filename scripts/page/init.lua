--- mlprun.page - the parts of an experiment's page, in its order; the verdict stands above them.
--
-- Each is a function (experiment, show) -> { title, body (HTML) }, or nil where there is nothing to show. experiment: see
-- report/init.lua. show(name, figure, about) writes the figure into the experiment's folder as name.png and name.svg, and
-- returns it for the page; about: what it shows, for those who cannot see it.
local ORDER = { "forest", "results", "searched", "values", "photos", "varied", "curves", "parameters", "confusions", "classes",
                "surest", "calibration", "cautions", "measured", "all_runs", "again" }

local parts = {}
for i, name in ipairs(ORDER) do parts[i] = require("mlprun.page." .. name) end
return parts
