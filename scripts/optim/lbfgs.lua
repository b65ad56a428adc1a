-- optim.LBFGS: steps along directions that the last gradients and steps say are good; the loss is computed several times in a
-- step, by the closure. Nocedal and Wright, Numerical Optimization, chapters 3 and 7; constants as PyTorch has them.
local core = require "mlprun.core"
local mode = require "mlprun.autograd"
local Optimizer = require "mlprun.optim.optimizer"
local words = require "mlprun.base.words"
local fail, tensor = core.sys.fail, core.tensor

local LBFGS = Optimizer:subclass("LBFGS", {
  options = { "lr", "max_iter", "max_eval", "tolerance_grad", "tolerance_change", "history_size", "line_search_fn" },
  defaults = { lr = 1, max_iter = 20, max_eval = false, tolerance_grad = 1e-7, tolerance_change = 1e-9, history_size = 100,
               line_search_fn = false },
})

--- One group is all there is.
---@param group table
function LBFGS:add_param_group(group)
  if #self.param_groups > 0 then fail("optim.LBFGS: it has no groups of parameters: one list is all it takes") end
  Optimizer.add_param_group(self, group)
end

function LBFGS.check(_, group, who)
  for name, least in pairs { max_iter = 1, history_size = 1 } do
    if math.type(group[name]) ~= "integer" or group[name] < least then
      fail(("%s: %s is %s, expected a whole number of at least %d"):format(who, name, words.value(group[name]), least))
    end
  end
  if type(group.lr) ~= "number" or not (group.lr >= 0 and group.lr < math.huge) then
    fail(("%s: lr is %s, expected a number of at least 0"):format(who, words.value(group.lr)))
  end
  if group.line_search_fn and group.line_search_fn ~= "strong_wolfe" then
    fail(("%s: line_search_fn is '%s', expected 'strong_wolfe' or none"):format(who, tostring(group.line_search_fn)))
  end
end

-- ---- all parameters as one vector ----

local function flat_gradient(params)
  local parts = {}
  for i, p in ipairs(params) do
    local g = p.grad
    parts[i] = g and g:reshape(p:numel()) or tensor.zeros({ p:numel() }, { dtype = p.dtype })
  end
  return tensor.cat(parts):clone()
end

local function move(params, along, by)
  local at = 1
  for _, p in ipairs(params) do
    local n = p:numel()
    p:add_(along:narrow(1, at, n):reshape(p.shape), { alpha = by })
    at = at + n
  end
end

local function copies(params)
  local list = {}
  for i, p in ipairs(params) do list[i] = p:detach():clone() end
  return list
end

local function put_back(params, values)
  for i, p in ipairs(params) do p:copy_(values[i]) end
end

local function dot(a, b) return a:dot(b):item() end

local function largest(v) return v:abs():amax():item() end

-- ---- the line search ----

-- Where the cubic through two points with these slopes is least, within bounds.
local function least_of_cubic(x1, f1, g1, x2, f2, g2, low, high)
  low, high = low or math.min(x1, x2), high or math.max(x1, x2)
  local d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
  local square = d1 * d1 - g1 * g2
  if square < 0 or square ~= square then return (low + high) / 2 end
  local d2 = math.sqrt(square)
  local x = x1 <= x2 and x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    or x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2))
  return math.min(math.max(x, low), high)
end

local C1, C2, MOST = 1e-4, 0.9, 25

-- Points that bracket a good step: each is { t =, f =, g =, slope = }. Returns them, whether the first is good, and the count.
local function bracket(try, start, t, slope)
  local before, now, count = start, try(t), 0
  while count < MOST do
    if now.f > start.f + C1 * now.t * slope or count > 1 and now.f >= before.f then return { before, now }, false, count end
    if math.abs(now.slope) <= -C2 * slope then return { now }, true, count end
    if now.slope >= 0 then return { before, now }, false, count end
    local next_t = least_of_cubic(before.t, before.f, before.slope, now.t, now.f, now.slope, now.t + 0.01 * (now.t - before.t),
      now.t * 10)
    before, now, count = now, try(next_t), count + 1
  end
  return { start, now }, false, count
end

-- A step inside the bracket that is not too near to its ends twice in a row.
local function inside(points, was_near)
  local a, b = points[1], points[2]
  local low, high = math.min(a.t, b.t), math.max(a.t, b.t)
  local t, margin = least_of_cubic(a.t, a.f, a.slope, b.t, b.f, b.slope), 0.1 * (high - low)
  if math.min(high - t, t - low) >= margin then return t, false end
  if not (was_near or t >= high or t <= low) then return t, true end
  return math.abs(t - high) < math.abs(t - low) and high - margin or low + margin, false
end

local function strong_wolfe(try, start, t, slope, direction, tolerance)
  local points, done, count = bracket(try, start, t, slope)
  local size, was_near = largest(direction), false
  local low, high = 1, 2
  local function order()
    if points[2] and points[1].f > points[2].f then low, high = 2, 1 else low, high = 1, 2 end
  end
  order()
  while not done and count < MOST and math.abs(points[2].t - points[1].t) * size >= tolerance do
    t, was_near = inside(points, was_near)
    local now = try(t)
    count = count + 1
    if now.f > start.f + C1 * t * slope or now.f >= points[low].f then
      points[high] = now
      order()
    else
      if math.abs(now.slope) <= -C2 * slope then done = true
      elseif now.slope * (points[high].t - points[low].t) >= 0 then points[high] = points[low] end
      points[low] = now
    end
  end
  return points[low]
end

-- ---- the step ----

-- The direction that the history makes of a gradient.
local function direction_of(state, gradient)
  local dirs, steps, ro, al = state.old_dirs, state.old_stps, state.ro, {}
  local d = -gradient
  for i = #dirs, 1, -1 do
    al[i] = dot(steps[i], d) * ro[i]
    d:add_(dirs[i], { alpha = -al[i] })
  end
  d:mul_(state.H_diag)
  for i = 1, #dirs do d:add_(steps[i], { alpha = al[i] - dot(dirs[i], d) * ro[i] }) end
  return d
end

local function remember(state, gradient, most)
  local y, s = gradient - state.prev_flat_grad, state.d * state.t
  local ys = dot(y, s)
  if ys <= 1e-10 then return end
  for name, value in pairs { old_dirs = y, old_stps = s, ro = 1 / ys } do
    local list = state[name]
    if #list == most then table.remove(list, 1) end
    list[#list + 1] = value
  end
  state.H_diag = ys / dot(y, y)
end

--- A step of up to max_iter iterations; the closure forgets the gradients, computes the loss, calls backward and returns the
--- loss. Returns the first loss.
---@param closure function
---@return any
function LBFGS:step(closure)
  if type(closure) ~= "function" then
    fail("optim.LBFGS: step takes a function that computes the loss again: optimizer:step(function() ... return loss end)")
  end
  local group = self.param_groups[1]
  local params = group.params
  local state = self.state[params[1]] or { n_iter = 0, func_evals = 0, old_dirs = {}, old_stps = {}, ro = {}, H_diag = 1 }
  self.state[params[1]] = state
  local function value()
    state.func_evals = state.func_evals + 1
    local loss = mode.enable_grad(closure)
    return tensor.is_tensor(loss) and loss:item() or loss, loss
  end
  local f, first = value()
  mode.no_grad(function()
    local gradient, evals, most = flat_gradient(params), state.func_evals, group.max_eval or group.max_iter * 5 // 4
    if largest(gradient) <= group.tolerance_grad then return end
    for i = 1, group.max_iter do
      state.n_iter = state.n_iter + 1
      if state.n_iter > 1 then remember(state, gradient, group.history_size) end
      local d = direction_of(state, gradient)
      local t = state.n_iter == 1 and math.min(1, 1 / gradient:abs():sum():item()) * group.lr or group.lr
      local before, slope = f, dot(gradient, d)
      state.prev_flat_grad, state.prev_loss, state.d, state.t = gradient, f, d, t
      if slope > -group.tolerance_change then break end
      if group.line_search_fn then
        local from = copies(params)
        local found = strong_wolfe(function(step)
          move(params, d, step)
          local point = { t = step, f = value(), g = flat_gradient(params) }
          point.slope = dot(point.g, d)
          put_back(params, from)
          return point
        end, { t = 0, f = f, g = gradient, slope = slope }, t, slope, d, group.tolerance_change)
        f, gradient, t = found.f, found.g, found.t
        state.t = t
        move(params, d, t)
      else
        move(params, d, t)
        if i < group.max_iter then f, gradient = value(), flat_gradient(params) end
      end
      if state.func_evals - evals + 1 >= most or largest(gradient) <= group.tolerance_grad
        or largest(d) * math.abs(t) <= group.tolerance_change or math.abs(f - before) < group.tolerance_change then break end
    end
  end)
  return first
end

return LBFGS
