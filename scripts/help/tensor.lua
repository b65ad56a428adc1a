return [==[
Tensor.shape: integer[]
  The sizes of the dimensions, a list: t.shape[1] is the first.
  > ml.zeros { 2, 3 }.shape
Tensor.dtype: DType
  "f32", "f64", "f16", "bf16", "i64", "i32", "u8" or "bool". Numbers are kept in f16 and bf16 (16 bits) to take half of the room:
  what is computed with them is computed in f32 and rounded once, and overflows to infinity (f16 above 65504). Layers, losses,
  optimizers and ml.linalg take f32 and f64 alone: x:float() makes one.
  see Tensor:to, ml.result_type
Tensor.ndim: integer
  How many dimensions there are.
Tensor.grad: Tensor?
  The gradient that backward has left, a tensor, or nil. Assigning nil forgets it.
  > x = ml.tensor({ 1.0, 2.0 }, { requires_grad = true })
  > (x * x):sum():backward()
  > x.grad
Tensor.requires_grad: boolean
  Whether operations on it are recorded for backward.
Tensor.is_leaf: boolean
  Whether it was made by the script and not by an operation that is recorded.
Tensor:backward(gradient?: Tensor, { gradient: Tensor, retain_graph = false, create_graph = false }?)
  Gradients of everything that led to this scalar are added to the `grad` of the leaves.
  A tensor that is no scalar needs its own gradient of the same shape. create_graph: the gradients can be differentiated;
  a leaf and its gradient then hold each other in memory until a pass goes over the gradient or `leaf.grad = nil`.
  > x = ml.tensor({ 3.0 }, { requires_grad = true })
  > (x ^ 2):sum():backward()
  > x.grad
  see ml.no_grad, Tensor.grad
Tensor:detach() -> Tensor
  The same values without their history.
Tensor:detach_() -> Tensor
  Forgets the history in place.
Tensor:requires_grad_(value?: boolean) -> Tensor
  Says whether it is to be trained; true unless false is passed. Returns the tensor.
  > ml.zeros { 2 }:requires_grad_().requires_grad
Tensor:retain_grad()
  A tensor in the middle of a computation keeps its gradient too.
Tensor:register_hook(f: fun(gradient: Tensor): Tensor?) -> Hook
  f(gradient) is called in backward; what it returns, if anything, takes the gradient's place. The hook has :remove().
  > x = ml.ones({ 2 }, { requires_grad = true })
  > hook = x:register_hook(function(g) return g * 10 end)
  > x:sum():backward()
  > x.grad
Tensor:add(other, { alpha = 1 }?) -> Tensor
  t + alpha * other; other is a tensor (shapes are broadcast) or a number. The same as t + other.
  > ml.ones { 2 }:add(ml.ones { 2 }, { alpha = 3 })
Tensor:sub(other, { alpha = 1 }?) -> Tensor
  t - alpha * other.
Tensor:mul(other) -> Tensor
  The product element by element: t * other.
  > ml.tensor { 1.0, 2.0 }:mul(3)
  see Tensor:matmul
Tensor:div(other) -> Tensor
  The quotient element by element: t / other. Whole numbers become f32.
Tensor:pow(exponent: Tensor|number) -> Tensor
  t ^ exponent, element by element.
Tensor:add_(other, { alpha = 1 }?) -> Tensor
  As add, into t itself. Methods with an underscore at the end change their tensor.
  > ml.ones { 2 }:add_(1)
Tensor:sub_(other, { alpha = 1 }?) -> Tensor
  As sub, into t itself.
Tensor:mul_(other) -> Tensor
  As mul, into t itself.
Tensor:div_(other) -> Tensor
  As div, into t itself.
Tensor:pow_(exponent: Tensor|number) -> Tensor
  As pow, into t itself.
Tensor:neg() -> Tensor
  -t.
Tensor:abs() -> Tensor
  Without signs.
Tensor:sign() -> Tensor
  -1, 0 or 1.
Tensor:sqrt() -> Tensor
  The square root; NaN below 0.
Tensor:square() -> Tensor
  t * t.
Tensor:rsqrt() -> Tensor
  1 / sqrt(t).
Tensor:reciprocal() -> Tensor
  1 / t.
Tensor:exp() -> Tensor
  e to the power of t.
Tensor:expm1() -> Tensor
  exp(t) - 1, exact near 0.
Tensor:log() -> Tensor
  The natural logarithm.
Tensor:log2() -> Tensor
  The logarithm to the base 2.
Tensor:log10() -> Tensor
  The logarithm to the base 10.
Tensor:log1p() -> Tensor
  log(1 + t), exact near 0.
Tensor:sin() -> Tensor
  Sine, of radians.
Tensor:cos() -> Tensor
  Cosine, of radians.
Tensor:tan() -> Tensor
  Tangent, of radians.
Tensor:asin() -> Tensor
  The angle, in radians, that has this sine; NaN beyond 1.
Tensor:acos() -> Tensor
  The angle that has this cosine.
Tensor:atan() -> Tensor
  The angle that has this tangent.
Tensor:atan2
  The angle of a point; t is its height.
  > ml.tensor { 1.0 }:atan2(ml.tensor { -1.0 })
Tensor:sinh() -> Tensor
  The hyperbolic sine.
Tensor:cosh() -> Tensor
  The hyperbolic cosine.
Tensor:tanh() -> Tensor
  The hyperbolic tangent.
Tensor:sigmoid() -> Tensor
  1 / (1 + exp(-t)).
Tensor:erf() -> Tensor
  The error function.
Tensor:relu() -> Tensor
  max(t, 0).
Tensor:floor() -> Tensor
  The whole number below.
Tensor:ceil() -> Tensor
  The whole number above.
Tensor:round() -> Tensor
  The nearest whole number; halves go to the even one.
Tensor:clamp(min?: number, max?: number, {}) -> Tensor
  Values moved into [min, max]; also clamp { min = 0 } or clamp { max = 1 }.
  > ml.tensor { -1.0, 0.5, 2.0 }:clamp(0, 1)
Tensor:clamp_(min?: number, max?: number, {}) -> Tensor
  As clamp, into t itself.
Tensor:minimum(other) -> Tensor
  The smaller of two, element by element.
Tensor:maximum(other) -> Tensor
  The larger of two, element by element.
Tensor:eq(other) -> Tensor
  true where equal, a bool tensor; other is a tensor or a number. t == other asks whether all are equal.
  > ml.tensor { 1, 2, 3 }:eq(2)
Tensor:ne(other) -> Tensor
  true where different.
Tensor:lt(other) -> Tensor
  true where smaller.
Tensor:le(other) -> Tensor
  true where smaller or equal.
Tensor:gt(other) -> Tensor
  true where larger.
Tensor:ge(other) -> Tensor
  true where larger or equal.
Tensor:logical_not() -> Tensor
  true where it is 0.
Tensor:isnan() -> Tensor
  true where it is not a number.
Tensor:isinf() -> Tensor
  true where it is infinite.
Tensor:isfinite() -> Tensor
  true where it is neither infinite nor NaN.
Tensor:equal(other: Tensor) -> boolean
  Whether shape and all values are the same.
Tensor:allclose
  Whether |t - b| <= atol + rtol * |b| everywhere.
  > ml.ones { 2 }:allclose(ml.ones { 2 } + 1e-7)
Tensor:any(dim?: integer|integer[], keepdim = false, {}) -> Tensor
  1 if any element is not 0, of all elements or along a dimension, as sum.
Tensor:all(dim?: integer|integer[], keepdim = false, {}) -> Tensor
  1 if no element is 0, as any.
Tensor:sum(dim?: integer|integer[], keepdim = false, {}) -> Tensor
  The sum of all elements, or along a dimension (or a list of them); keepdim leaves a dimension of 1 in its place.
  > ml.ones { 2, 3 }:sum { dim = 2 }
  > x = ml.rand { 2, 3 }
  > x - x:mean(2, true)
Tensor:mean(dim?: integer|integer[], keepdim = false, {}) -> Tensor
  The mean, as sum.
  > ml.tensor { 1.0, 2.0, 6.0 }:mean()
Tensor:prod(dim?: integer|integer[], keepdim = false, {}) -> Tensor
  The product, as sum.
Tensor:max(dim?: integer|Tensor, keepdim = false, {}) -> values: Tensor, places: Tensor?
  The largest value; with dim the largest along it and their places from 1; with a tensor instead, the larger of two.
  > ml.tensor { { 1, 5 }, { 7, 2 } }:max { dim = 2 }
Tensor:min(dim?: integer|Tensor, keepdim = false, {}) -> values: Tensor, places: Tensor?
  The smallest, as max.
Tensor:argmax(dim?, keepdim = false, {}) -> Tensor
  The place of the largest value, from 1: the class that a net answers is output:argmax { dim = 2 }.
  > ml.tensor { { 1, 5 }, { 7, 2 } }:argmax { dim = 2 }
Tensor:argmin(dim?, keepdim = false, {}) -> Tensor
  The place of the smallest value, from 1.
Tensor:var
  The variance; divides by n - 1 unless unbiased is false.
  > ml.tensor { 1.0, 2.0, 3.0 }:var()
Tensor:std
  The standard deviation, as var.
Tensor:norm
  The p-norm of all elements, or along a dimension (or a list of them): 2 is the Euclidean length, 1 the sum of |x|,
  math.huge the largest |x|, 0 how many are not 0.
  > ml.tensor { 3.0, 4.0 }:norm()
Tensor:amax(dim?: integer|integer[], keepdim = false, {}) -> Tensor
  The largest value, without its place, over one dimension or a list of them; equal ones share the gradient.
  > ml.tensor { { 1, 5 }, { 7, 2 } }:amax { 1, 2 }
Tensor:amin(dim?: integer|integer[], keepdim = false, {}) -> Tensor
  The smallest value, as amax.
Tensor:cumsum(dim) -> Tensor
  Sums of what came before, along a dimension.
  > ml.tensor { 1, 2, 3 }:cumsum(1)
Tensor:sort(dim = -1, descending = false, {}) -> values: Tensor, places: Tensor
  The values in order, and their places from 1.
  > ml.tensor { 3, 1, 2 }:sort()
Tensor:argsort
  The places that put the values in order.
Tensor:topk
  The k largest values and their places from 1.
  > ml.tensor { 3, 1, 2 }:topk(2)
Tensor:matmul(other: Tensor) -> Tensor
  The matrix product.
  > ml.ones { 2, 3 }:matmul(ml.ones { 3, 4 }).shape
Tensor:mm(other: Tensor) -> Tensor
  The product of two matrices.
Tensor:dot
  The sum of products of two vectors.
Tensor:t() -> Tensor
  A matrix with rows and columns swapped.
Tensor:transpose(dim1: integer, dim2: integer) -> Tensor
  Two dimensions swapped, without a copy.
Tensor:permute(dims: integer|integer[], ...: integer) -> Tensor
  The dimensions in another order, without a copy.
  > ml.zeros { 2, 3, 4 }:permute(3, 1, 2).shape
Tensor:reshape(sizes, ...: integer) -> Tensor
  The same values in another shape; -1 is for the size that follows from the others.
  > ml.arange(6):reshape(2, -1)
Tensor:view(sizes, ...: integer) -> Tensor
  As reshape, but never a copy: an error where one would be needed.
Tensor:flatten(start_dim = 1, end_dim = -1, {}) -> Tensor
  Dimensions start_dim (default 1) to end_dim (the last) become one; also flatten { start_dim = 2 }.
  > ml.zeros { 2, 3, 4 }:flatten(2).shape
Tensor:squeeze(dim?) -> Tensor
  Without dimensions of size 1, or without that one.
Tensor:unsqueeze(dim) -> Tensor
  With a new dimension of size 1.
  > ml.zeros { 3 }:unsqueeze(1).shape
Tensor:expand(sizes, ...: integer) -> Tensor
  Dimensions of size 1 repeated, without a copy; -1 keeps a size.
  > ml.ones { 2, 1 }:expand(2, 4)
Tensor:narrow(dim, start: integer, length: integer) -> Tensor
  `length` places from `start` on along a dimension, without a copy.
Tensor:select(dim, index: integer) -> Tensor
  One place of a dimension, which goes away; without a copy. t[i] is t:select(1, i).
Tensor:index_select(dim, indices: Tensor) -> Tensor
  The places of a dimension that an i64 tensor lists.
  > ml.tensor { 10, 20, 30 }:index_select(1, ml.tensor { 3, 1 })
Tensor:gather(dim, indices: Tensor) -> Tensor
  One value for each index, along a dimension: out[i][j] = t[i][indices[i][j]] for dim 2.
  > ml.tensor { { 1, 2 }, { 3, 4 } }:gather(2, ml.tensor { { 2 }, { 1 } })
Tensor:split
  Parts of `size` places along a dimension (the last one may have fewer), or of the sizes in a list; without copies. A list.
  > #ml.zeros { 10, 2 }:split(4)
Tensor:chunk
  `count` parts of about one size along a dimension. A list.
  > ml.arange(6):chunk(3)[1]
Tensor:softmax
  exp(t) divided by its sum along a dimension.
  > ml.zeros { 1, 4 }:softmax(2)
Tensor:log_softmax
  The logarithm of softmax, computed without overflow.
Tensor:size(dim?) -> integer|integer[]
  The sizes as a list, or that of one dimension.
Tensor:dim() -> integer
  How many dimensions there are.
Tensor:numel() -> integer
  How many elements there are.
Tensor:item() -> number
  The number in a tensor of one element.
  > ml.ones { 3 }:sum():item()
Tensor:tolist() -> any[]
  The values as nested Lua lists.
  > ml.tensor { { 1, 2 }, { 3, 4 } }:tolist()
Tensor:iter
  for i, part in t:iter() do: the parts along the first dimension.
Tensor:to(dtype) -> Tensor
  The same values as another type, of those that Tensor.dtype lists. Floats are rounded to the nearest, ties to even.
  > ml.tensor { 1, 2 }:to("f32").dtype
Tensor:float() -> Tensor
  As f32.
Tensor:double() -> Tensor
  As f64.
Tensor:half() -> Tensor
  As f16.
  > ml.tensor { 0.1, 65520.0 }:half()
  see Tensor.dtype
Tensor:bfloat16() -> Tensor
  As bf16.
Tensor:is_floating_point() -> boolean
  Whether its type is one with fractions: f32, f64, f16 or bf16.
Tensor:element_size() -> integer
  How many bytes an element takes.
Tensor:long() -> Tensor
  As i64; fractions are cut.
Tensor:int() -> Tensor
  As i32; fractions are cut, what an f32 or f64 has beyond its ends becomes the end, what an i64 has wraps around.
Tensor:byte() -> Tensor
  As u8; fractions are cut, values outside 0 to 255 wrap around, as in PyTorch.
Tensor:bool() -> Tensor
  As bool: whether a value is not 0.
Tensor:masked_select(mask: Tensor) -> Tensor
  The elements where a mask, which broadcasts, is true, in one dimension; t[mask] picks elements or rows, t[mask] = v writes.
  > x = ml.tensor { 5, 6, 7 }
  > x[x:gt(5)]
  see ml.where, Tensor:masked_fill
Tensor:masked_fill(mask: Tensor, value: number|Tensor) -> Tensor
  A copy with one value where a mask, which broadcasts, is true.
  > x = ml.tensor { 5, 6, 7 }
  > x:masked_fill(x:gt(5), 0)
Tensor:masked_fill_(mask: Tensor, value: number|Tensor) -> Tensor
  masked_fill in place.
Tensor:nonzero() -> Tensor
  The indices of what is not 0, from 1: i64, a row for each.
  > ml.tensor { { 0, 2 }, { 3, 0 } }:nonzero()
Tensor:clone() -> Tensor
  A copy with memory of its own.
Tensor:contiguous() -> Tensor
  The tensor itself when its values lie in order, otherwise a copy where they do.
Tensor:is_contiguous() -> boolean
  Whether its values lie in order.
Tensor:copy_(other: Tensor) -> Tensor
  The values of another tensor (broadcast, converted) into this one.
Tensor:fill_(value) -> Tensor
  One value everywhere.
Tensor:zero_() -> Tensor
  0 everywhere.
Tensor:uniform_(low?: number, high?: number) -> Tensor
  Random numbers, uniform in [low, high); 0 and 1 unless said.
  > ml.empty { 3 }:uniform_(-1, 1)
Tensor:normal_(mean?: number, std?: number) -> Tensor
  Random numbers of the normal distribution; 0 and 1 unless said.
Tensor:bernoulli_(p: number) -> Tensor
  1 with probability p, otherwise 0.
Hook:remove()
  Takes the hook away. Once is enough, more is fine.
Hook:close()
  The same as remove.
Tensor:index_add(dim, index: Tensor, source: Tensor) -> Tensor
  A copy to whose places along a dimension, which the index lists from 1, the slices of source are added.
  > ml.zeros { 3 }:index_add(1, ml.tensor { 1, 1, 3 }, ml.tensor { 1.0, 2.0, 4.0 })
Tensor:scatter_add(dim, index: Tensor, source: Tensor) -> Tensor
  A copy to which source's elements are added: out[i][index[i][j]] += source[i][j] for dim 2. The way back of gather.
  > ml.zeros { 1, 3 }:scatter_add(2, ml.tensor { { 3, 3 } }, ml.ones { 1, 2 })
Tensor:logical_and
  Both are not 0.
  > ml.tensor { 1, 2 }:gt(1):logical_and(ml.tensor { true, true })
Tensor:logical_or
  One of two is not 0.
  > ml.tensor { true, false }:logical_or(ml.tensor { false, false })
Tensor:logical_xor
  Just one of two is not 0.
  > ml.tensor { true, false }:logical_xor(ml.tensor { true, true })
Tensor:floor_divide
  What the operator // does.
  > ml.tensor { 7, -7 } // 2
Tensor:remainder
  What the operator % does.
  > ml.tensor { 7, -7 } % 3
Tensor:lerp
  Between two tensors, by weight.
  > ml.zeros { 2 }:lerp(ml.ones { 2 }, 0.25)
Tensor:logsumexp
  See also Tensor:log_softmax.
  > ml.tensor { 1000.0, 1000.0 }:logsumexp(1)
Tensor:kthvalue
  The k-th smallest value.
  > ml.tensor { 5, 1, 3 }:kthvalue(2)
Tensor:median
  The middle value.
  > ml.tensor { 5, 1, 3 }:median()
Tensor:unique
  The values that occur.
  > ml.tensor { 3, 1, 3 }:unique { return_counts = true }
Tensor:bincount
  Counts of labels, which count from 1 here.
  > ml.tensor { 1, 3, 3 }:bincount()
Tensor:histc
  Counts in equal parts.
  > ml.rand { 100 }:histc(4, 0, 1)
Tensor:cumprod
  Products along a dimension.
  > ml.tensor { 1, 2, 3 }:cumprod(1)
Tensor:searchsorted
  Places from 1.
  > ml.tensor { 1, 3, 5 }:searchsorted(ml.tensor { 4 })
Tensor:mode
  With its place; gradients go there.
  > ml.tensor { 3, 1, 3 }:mode()
Tensor:cdist
  Distances of rows.
  > ml.zeros { 1, 2 }:cdist(ml.tensor { { 3.0, 4.0 } })
Tensor:flip
  The elements in reverse along a dimension, or along each of a list.
  > ml.arange(3):flip(1)
Tensor:roll
  Moved on.
  > ml.arange(4):roll(1)
Tensor:tile
  Copies side by side.
  > ml.arange(2):tile(2, 2)
Tensor:repeat_interleave
  Each several times.
  > ml.arange(2):repeat_interleave(2)
Tensor:tril
  The lower triangle.
  > ml.ones { 3, 3 }:tril()
Tensor:triu
  The upper triangle.
  > ml.ones { 3, 3 }:triu(1)
Tensor:diag
  Diagonals.
  > ml.tensor { 1, 2 }:diag()
Tensor:outer
  A matrix of products.
  > ml.tensor { 1, 2 }:outer(ml.tensor { 3, 4 })
Tensor:scatter
  Written at places.
  > ml.zeros { 1, 3 }:scatter(2, ml.tensor { { 3 } }, 5)
Tensor:one_hot
  Labels as rows.
  > ml.tensor { 1, 3 }:one_hot()
Tensor:close()
  Gives the memory back at once, where waiting for the collector is too late. It must not be used afterwards.
]==]
