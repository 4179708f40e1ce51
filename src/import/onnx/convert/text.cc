// How often each n-gram of a pool stands in a row of tokens, for TfIdfVectorizer.
#include <algorithm>
#include <numeric>

#include "import/onnx/convert/tables.h"

namespace verge::onnx {
namespace {

using ops::CompareKind;
using ops::ReduceKind;

// The part of the pool that holds n-grams of one length.
struct Grams {
  int64_t n = 1;
  std::vector<int64_t> tokens;  // n a gram
  int64_t count() const { return static_cast<int64_t>(tokens.size()) / n; }
};

// Where tokens `skip` apart stand for each start in a row of `length`: [starts, n]; none when the row is too short.
std::vector<int64_t> Places(int64_t length, int64_t n, int64_t skip) {
  std::vector<int64_t> places;
  for (int64_t start = 0; start + (n - 1) * (skip + 1) < length; ++start) {
    for (int64_t i = 0; i < n; ++i) places.push_back(start + i * (skip + 1));
  }
  return places;
}

// Occurrences of each gram in each row of x [rows, length]: f32 [grams, rows].
ValueId CountGrams(Builder& b, ValueId x, const Grams& grams, int64_t max_skip) {
  const int64_t rows = b.Dim(x, 0);
  ValueId sum = b.Filled(DType::kF32, {grams.count(), rows}, 0);
  const ValueId pool = b.Reshape(b.IntsConstant(grams.tokens), {grams.count(), 1, 1, grams.n});
  for (int64_t skip = 0; skip <= (grams.n == 1 ? 0 : max_skip); ++skip) {
    const std::vector<int64_t> places = Places(b.Dim(x, 1), grams.n, skip);
    if (places.empty()) break;
    const ValueId windows = b.Gather(x, b.Reshape(b.IntsConstant(places), {-1, grams.n}), 1);  // [rows, starts, n]
    const ValueId same = b.Compare(CompareKind::kEqual, windows, pool);  // [grams, rows, starts, n]
    const ValueId whole = b.Cast(b.Reduce(ReduceKind::kAll, same, {3}, false), DType::kF32);
    sum = b.Add(sum, b.Reduce(ReduceKind::kSum, whole, {2}, false));
  }
  return sum;
}

// ngram_counts[i] is where the grams of length i + 1 start in the pool.
std::vector<Grams> ReadPool(NodeContext& c) {
  const std::vector<int64_t> pool = c.Ints("pool_int64s");
  std::vector<int64_t> starts = c.Ints("ngram_counts");
  if (pool.empty()) c.Unsupported("a pool of strings is not supported");
  starts.push_back(static_cast<int64_t>(pool.size()));
  std::vector<Grams> all;
  for (size_t i = 0; i + 1 < starts.size() && c.b.ok(); ++i) {
    const auto n = static_cast<int64_t>(i) + 1;
    if (starts[i] < 0 || starts[i] > starts[i + 1] || starts[i + 1] > static_cast<int64_t>(pool.size()) ||
        (starts[i + 1] - starts[i]) % n != 0) {
      c.Invalid("ngram_counts does not fit the pool");
      return {};
    }
    all.push_back({n, {pool.begin() + starts[i], pool.begin() + starts[i + 1]}});
  }
  return all;
}

// Puts row g of `counts` [grams, rows] at column columns[g] of the output.
ValueId Arrange(NodeContext& c, ValueId counts, const std::vector<int64_t>& columns) {
  const int64_t width = *std::max_element(columns.begin(), columns.end()) + 1;
  std::vector<int64_t> from(static_cast<size_t>(width), static_cast<int64_t>(columns.size()));  // a row of zeros
  for (size_t g = 0; g < columns.size(); ++g) from[static_cast<size_t>(columns[g])] = static_cast<int64_t>(g);
  Builder& b = c.b;
  const ValueId zeros = b.Filled(DType::kF32, {1, b.Dim(counts, 1)}, 0);
  return b.Transpose(b.Gather(b.Concat({counts, zeros}, 0), b.IntsConstant(from), 0), {1, 0});
}

void TfIdfVectorizer(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const bool flat = b.rank(x) == 1;
  const int64_t skips = c.Int("max_skip_count", 0);
  const int64_t shortest = c.Int("min_gram_length", 1);
  const int64_t longest = c.Int("max_gram_length", 1);
  const ValueId rows = b.Cast(flat ? b.Reshape(x, {1, -1}) : x, DType::kI64);
  std::vector<ValueId> parts;
  int64_t total = 0;
  for (const Grams& grams : ReadPool(c)) {
    if (grams.tokens.empty()) continue;
    const bool wanted = grams.n >= shortest && grams.n <= longest;
    parts.push_back(wanted ? CountGrams(b, rows, grams, skips)
                           : b.Filled(DType::kF32, {grams.count(), b.Dim(rows, 0)}, 0));
    total += grams.count();
  }
  const std::vector<int64_t> columns = c.Ints("ngram_indexes");
  if (!b.ok()) return;
  const bool sane = std::all_of(columns.begin(), columns.end(), [](int64_t at) { return at >= 0 && at < (1 << 24); });
  if (parts.empty() || static_cast<int64_t>(columns.size()) != total || !sane)
    return c.Invalid("ngram_indexes does not fit the pool");
  ValueId counts = b.Concat(parts, 0);
  const std::string mode = c.String("mode", "TF");
  if (mode == "IDF") counts = b.Binary(ops::BinaryKind::kMin, counts, b.Scalar(DType::kF32, 1));
  if (const Attribute* weights = c.Find("weights"); mode != "TF" && weights != nullptr) {
    if (static_cast<int64_t>(weights->floats.size()) != total) return c.Invalid("weights does not fit the pool");
    counts = b.Mul(counts, b.FloatsConstant({total, 1}, weights->floats));
  }
  const ValueId y = Arrange(c, counts, columns);
  c.Out(0, flat ? b.Reshape(y, {-1}) : y);
}

constexpr Converter kRows[] = {{"TfIdfVectorizer", TfIdfVectorizer, 9}};

}  // namespace

const std::span<const Converter> kTextConverters = kRows;

}  // namespace verge::onnx
