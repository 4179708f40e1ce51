// Attention and what stands beside it in transformers, built from matrix products and softmax.
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "import/onnx/convert/tables.h"
#include "ops/gather_elements/gather_elements.h"
#include "ops/trilu/trilu.h"

namespace verge::onnx {
namespace {

// [batch, length, heads size] -> [batch, heads, length, size]; four dimensions stay.
ValueId SplitHeads(NodeContext& c, ValueId x, int64_t heads) {
  Builder& b = c.b;
  if (b.rank(x) == 4) return x;
  if (b.rank(x) != 3 || heads < 1 || b.Dim(x, 2) % heads != 0) {
    c.Invalid("the number of heads does not fit an input, which wants 3 or 4 dimensions");
    return x;
  }
  return b.Transpose(b.Reshape(x, {b.Dim(x, 0), b.Dim(x, 1), heads, b.Dim(x, 2) / heads}), {0, 2, 1, 3});
}

ValueId JoinHeads(Builder& b, ValueId x) {
  return b.Reshape(b.Transpose(x, {0, 2, 1, 3}), {b.Dim(x, 0), b.Dim(x, 2), b.Dim(x, 1) * b.Dim(x, 3)});
}

// Adds to the scores where a position may be seen 0, elsewhere minus infinity.
ValueId Hide(Builder& b, ValueId seen, DType type) {
  return b.Where(seen, b.Scalar(type, 0), b.Scalar(type, -std::numeric_limits<double>::infinity()));
}

// Position i sees no later one: bool [queries, keys], key j of query i when j <= i + offset.
ValueId Causal(Builder& b, int64_t queries, int64_t keys, int64_t offset) {
  const ValueId ones = b.Filled(DType::kBool, {queries, keys}, 1);
  return b.Op(ops::ids::kTrilu, ops::TriluAttrs{false, offset}, {ones});
}

// How the scores become shares.
struct Masking {
  double scale = 1;
  double cap = 0;           // 0: none
  ValueId mask = kNoValue;  // added to the scores, broadcast to [batch, heads, queries, keys]
  int keep = -1;            // which intermediate result is kept: scores, capped, masked, shares
  ValueId kept = kNoValue;
};

// softmax(cap(q k' scale) + mask) v. Fewer heads of k and v than of q: each serves a group of neighbours.
ValueId Attend(NodeContext& c, ValueId q, ValueId k, ValueId v, Masking& how) {
  Builder& b = c.b;
  const int64_t batch = b.Dim(q, 0);
  const int64_t heads = b.Dim(q, 1);
  const int64_t queries = b.Dim(q, 2);
  const int64_t shared = b.Dim(k, 1);
  const int64_t keys = b.Dim(k, 2);
  if (!b.ok() || shared < 1 || heads % shared != 0 || b.Dim(v, 1) != shared || b.Dim(v, 2) != keys) {
    c.Invalid("the heads and lengths of query, key and value do not fit together");
    return kNoValue;
  }
  const auto grouped = [&](ValueId x, int64_t group) {
    return b.Reshape(x, {batch, shared, group, b.Dim(x, 2), b.Dim(x, 3)});
  };
  const bool groups = heads != shared;
  const auto flat = [&](ValueId x, int64_t width) { return groups ? b.Reshape(x, {batch, heads, queries, width}) : x; };
  const DType type = b.dtype(q);
  // Both factors get the root, so that the product stays in range in 16 bits.
  const ValueId root = b.Scalar(type, std::sqrt(how.scale));
  const ValueId left = b.Mul(q, root);
  const ValueId right = b.Mul(k, root);
  ValueId scores =
      b.Matmul(groups ? grouped(left, heads / shared) : left, groups ? grouped(right, 1) : right, false, true);
  scores = flat(scores, keys);
  const auto keep = [&](int stage) { how.kept = how.keep == stage ? scores : how.kept; };
  keep(0);
  if (how.cap != 0) {
    const ValueId cap = b.Scalar(type, how.cap);
    scores = b.Mul(b.Unary(ops::UnaryKind::kTanh, b.Div(scores, cap)), cap);
  }
  keep(1);
  if (how.mask != kNoValue) scores = b.Add(scores, how.mask);
  keep(2);
  scores = ApplySoftmax(b, scores, -1);
  keep(3);
  const ValueId shares = groups ? b.Reshape(scores, {batch, shared, heads / shared, queries, keys}) : scores;
  return flat(b.Matmul(shares, groups ? grouped(v, 1) : v), b.Dim(v, 3));
}

// 0, 1, 2... as i64[n].
ValueId Count(NodeContext& c, int64_t n) {
  if (n > 1 << 24) c.Unsupported("a sequence of more than 2^24 steps");
  std::vector<int64_t> numbers(c.b.ok() ? static_cast<size_t>(n) : 0);
  std::iota(numbers.begin(), numbers.end(), 0);
  return c.b.IntsConstant(numbers);
}

ValueId AddMask(Builder& b, ValueId a, ValueId mask) { return a == kNoValue ? mask : b.Add(a, mask); }

void Attention(NodeContext& c) {
  Builder& b = c.b;
  const bool flat = b.rank(c.In(0)) == 3;
  const int64_t heads = c.Int("q_num_heads", 0);
  const int64_t shared = c.Int("kv_num_heads", 0);
  const ValueId q = SplitHeads(c, c.In(0), heads);
  ValueId k = SplitHeads(c, c.In(1), shared);
  ValueId v = SplitHeads(c, c.In(2), shared);
  const int64_t past = c.Has(4) ? b.Dim(c.In(4), 2) : 0;
  if (c.Has(4)) k = b.Concat({c.In(4), k}, 2);
  if (c.Has(5)) v = b.Concat({c.In(5), v}, 2);
  if (!b.ok()) return;
  Masking how;
  how.scale = 1 / std::sqrt(static_cast<double>(b.Dim(q, 3)));
  if (c.Find("scale") != nullptr) how.scale = static_cast<double>(c.Float("scale", 1));
  if (!(how.scale > 0)) return c.Invalid("attribute scale is not positive");
  how.cap = static_cast<double>(c.Float("softcap", 0));
  how.keep = static_cast<int>(c.Int("qk_matmul_output_mode", 0));
  const DType type = b.dtype(q);
  if (c.Has(3)) how.mask = b.dtype(c.In(3)) == DType::kBool ? Hide(b, c.In(3), type) : c.In(3);
  if (c.Int("is_causal", 0) != 0) {
    how.mask = AddMask(b, how.mask, Hide(b, Causal(b, b.Dim(q, 2), b.Dim(k, 2), past), type));
  }
  if (c.Has(6)) {  // since opset 24: how many keys of each sample count
    const ValueId before = b.Compare(ops::CompareKind::kLess, b.Reshape(Count(c, b.Dim(k, 2)), {1, 1, 1, -1}),
                                     b.Reshape(c.In(6), {-1, 1, 1, 1}));
    how.mask = AddMask(b, how.mask, Hide(b, before, type));
  }
  const ValueId y = Attend(c, q, k, v, how);
  if (!b.ok()) return;
  c.Out(0, flat ? JoinHeads(b, y) : y);
  c.Out(1, k);
  c.Out(2, v);
  if (c.Wants(3)) c.Out(3, how.kept);
}

// Of com.microsoft: query, key and value apart, one bias for all three, and a cache of earlier keys and values.
void MultiHeadAttention(NodeContext& c) {
  Builder& b = c.b;
  const int64_t heads = c.Int("num_heads", 0);
  if (!c.Has(1) || !c.Has(2)) return c.Unsupported("packed queries, keys and values");
  std::array<ValueId, 3> parts = {c.In(0), c.In(1), c.In(2)};
  int64_t start = 0;
  for (ValueId& part : parts) {
    const int64_t width = b.rank(part) == 3 ? b.Dim(part, 2) : 0;
    if (c.Has(3) && width > 0) part = b.Add(part, b.Slice(c.In(3), 0, start, width));
    start += width;
    part = SplitHeads(c, part, heads);
  }
  if (c.Has(6)) parts[1] = b.Concat({c.In(6), parts[1]}, 2);
  if (c.Has(7)) parts[2] = b.Concat({c.In(7), parts[2]}, 2);
  if (!b.ok()) return;
  const DType type = b.dtype(parts[0]);
  const int64_t queries = b.Dim(parts[0], 2);
  const int64_t keys = b.Dim(parts[1], 2);
  Masking how;
  how.scale = 1 / std::sqrt(static_cast<double>(b.Dim(parts[0], 3)));
  if (const auto stated = static_cast<double>(c.Float("scale", 0)); stated != 0) how.scale = stated;
  if (!(how.scale > 0)) return c.Invalid("attribute scale is not positive");
  if (c.Has(4)) {  // which keys count: [batch, keys] of 0 and 1
    if (b.rank(c.In(4)) != 2) return c.Unsupported("a key_padding_mask that is not [batch, keys]");
    how.mask = Hide(b, b.Reshape(b.Cast(c.In(4), DType::kBool), {b.Dim(c.In(4), 0), 1, 1, keys}), type);
  }
  if (c.Has(5)) how.mask = AddMask(b, how.mask, c.In(5));
  if (c.Int("unidirectional", 0) != 0) {
    how.mask = AddMask(b, how.mask, Hide(b, Causal(b, queries, keys, keys - queries), type));
  }
  const ValueId y = Attend(c, parts[0], parts[1], parts[2], how);
  if (!b.ok()) return;
  c.Out(0, JoinHeads(b, y));
  c.Out(1, parts[1]);
  c.Out(2, parts[2]);
}

// Turns pairs of elements by the angle of their position: x [batch, heads, length, size].
ValueId Turn(Builder& b, ValueId x, ValueId cosine, ValueId sine, bool interleaved) {
  const int64_t half = b.Dim(x, 3) / 2;
  const std::vector<int64_t> dims(b.shape(x).dims().begin(), b.shape(x).dims().end());
  const std::vector<int64_t> one = {dims[0], dims[1], dims[2], half};
  const ValueId pairs = interleaved ? b.Reshape(x, {dims[0], dims[1], dims[2], half, 2})
                                    : b.Reshape(x, {dims[0], dims[1], dims[2], 2, half});
  const int axis = interleaved ? 4 : 3;
  const ValueId first = b.Reshape(b.Slice(pairs, axis, 0, 1), one);
  const ValueId second = b.Reshape(b.Slice(pairs, axis, 1, 1), one);
  std::vector<int64_t> part = one;
  part.insert(part.begin() + axis, 1);
  const ValueId left = b.Sub(b.Mul(first, cosine), b.Mul(second, sine));
  const ValueId right = b.Add(b.Mul(first, sine), b.Mul(second, cosine));
  return b.Reshape(b.Concat({b.Reshape(left, part), b.Reshape(right, part)}, axis), dims);
}

void RotaryEmbedding(NodeContext& c) {
  Builder& b = c.b;
  const bool flat = b.rank(c.In(0)) == 3;
  const ValueId x = SplitHeads(c, c.In(0), c.Int("num_heads", 0));
  const int64_t size = b.Dim(x, 3);
  const int64_t turned = c.Int("rotary_embedding_dim", 0) == 0 ? size : c.Int("rotary_embedding_dim", 0);
  if (!b.ok() || turned < 2 || turned > size || turned % 2 != 0)
    return c.Invalid("the size of a head is no even number");
  // [batch, length, half] -> [batch, 1, length, half]
  const auto table = [&](size_t i) {
    const ValueId rows = c.Has(3) ? b.Gather(c.In(i), c.In(3), 0) : c.In(i);
    return b.Reshape(rows, {b.Dim(rows, 0), 1, b.Dim(rows, 1), b.Dim(rows, 2)});
  };
  const ValueId y = Turn(b, b.Slice(x, 3, 0, turned), table(1), table(2), c.Int("interleaved", 0) != 0);
  const ValueId whole = turned == size ? y : b.Concat({y, b.Slice(x, 3, turned, size - turned)}, 3);
  c.Out(0, flat ? JoinHeads(b, whole) : whole);
}

// A cache with an update written over it from one position on, a position for each sample; circular: what goes over the
// end goes on at the start.
void TensorScatter(NodeContext& c) {
  Builder& b = c.b;
  const ValueId cache = c.In(0);
  const ValueId update = c.In(1);
  const int rank = b.rank(cache);
  const int axis = c.Axis(c.Int("axis", -2), rank);
  const std::string mode = c.String("mode", "linear");
  if (!b.ok() || axis == 0 || b.rank(update) != rank) return c.Invalid("axis, cache and update do not fit together");
  if (mode != "linear" && mode != "circular") return c.Unsupported("the mode '" + mode.substr(0, 50) + "' is unknown");
  const int64_t batch = b.Dim(cache, 0);
  const int64_t length = b.Dim(cache, axis);
  const int64_t written = b.Dim(update, axis);
  if (written > length) return c.Invalid("the update is longer than the cache");
  // Which element of the update stands at each place: [batch, 1..., length, 1...].
  std::vector<int64_t> dims(static_cast<size_t>(rank), 1);
  dims[0] = batch;
  const ValueId start = c.Has(2) ? b.Reshape(c.In(2), dims) : b.Filled(DType::kI64, *Shape::FromSpan(dims), 0);
  dims[0] = 1;
  dims[static_cast<size_t>(axis)] = length;
  ValueId from = b.Sub(b.Reshape(Count(c, length), dims), start);
  if (mode == "circular")
    from = b.Binary(ops::BinaryKind::kMod, from, b.Scalar(DType::kI64, static_cast<double>(length)));
  const ValueId zero = b.Scalar(DType::kI64, 0);
  const ValueId end = b.Scalar(DType::kI64, static_cast<double>(written));
  const ValueId inside = b.Binary(ops::BinaryKind::kAnd, b.Compare(ops::CompareKind::kGreaterOrEqual, from, zero),
                                  b.Compare(ops::CompareKind::kLess, from, end));
  const std::vector<int64_t> whole(b.shape(cache).dims().begin(), b.shape(cache).dims().end());
  const ValueId index = b.Expand(b.Where(inside, from, zero), whole);
  const ValueId moved = b.Op(ops::ids::kGatherElements, ops::GatherElementsAttrs{axis}, {update, index});
  c.Out(0, b.Where(inside, moved, cache));
}

constexpr Converter kRows[] = {
    {"Attention", Attention, 23},
    {"TensorScatter", TensorScatter, 24},
    {"RotaryEmbedding", RotaryEmbedding, 23},
};

}  // namespace

void ConvertMultiHeadAttention(NodeContext& c) { MultiHeadAttention(c); }

const std::span<const Converter> kAttentionConverters = kRows;

}  // namespace verge::onnx
