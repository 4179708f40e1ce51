// Ops of ai.onnx.ml on numbers: what converters of scikit-learn write around a model, and its linear ones.
#include <algorithm>
#include <cmath>

#include "import/onnx/convert/ml.h"
#include "ops/arg_reduce/arg_reduce.h"
#include "ops/elem.h"

namespace verge::onnx {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::ReduceKind;
using ops::UnaryKind;

ValueId Real(Builder& b, ValueId x) { return b.Cast(x, DType::kF32); }

ValueId FloatsOf(NodeContext& c, const char* name) {
  const Attribute* found = c.Find(name);
  const std::vector<float> values = found == nullptr ? std::vector<float>{} : found->floats;
  if (values.empty()) c.Invalid("attribute " + std::string(name) + " wants numbers");
  return values.empty() ? kNoValue : c.b.FloatsConstant({static_cast<int64_t>(values.size())}, values);
}

void ArrayFeatureExtractor(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = b.rank(c.In(0)) == 1 ? b.Reshape(c.In(0), {1, -1}) : c.In(0);
  c.Out(0, b.Gather(x, b.Reshape(c.In(1), {-1}), b.rank(x) - 1));
}

void Binarizer(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const ValueId threshold = b.Scalar(b.dtype(x), static_cast<double>(c.Float("threshold", 0)));
  c.Out(0, b.Cast(b.Compare(CompareKind::kGreater, x, threshold), b.dtype(x)));
}

void Scaler(NodeContext& c) {
  Builder& b = c.b;
  ValueId x = Real(b, c.In(0));
  if (c.Find("offset") != nullptr) x = b.Sub(x, FloatsOf(c, "offset"));
  if (c.Find("scale") != nullptr) x = b.Mul(x, FloatsOf(c, "scale"));
  c.Out(0, x);
}

// Rows of zeros stay as they are.
void Normalizer(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = Real(b, c.In(0));
  const std::string norm = c.String("norm", "MAX");
  const ReduceKind kind = norm == "L1" ? ReduceKind::kL1 : norm == "L2" ? ReduceKind::kL2 : ReduceKind::kMax;
  const ValueId size = b.Reduce(kind, x, {b.rank(x) - 1}, true);
  const ValueId is_zero = b.Compare(CompareKind::kEqual, size, b.Scalar(DType::kF32, 0));
  c.Out(0, b.Div(x, b.Where(is_zero, b.Scalar(DType::kF32, 1), size)));
}

// Replaces NaN, or one stated value.
void Imputer(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const bool real = ops::IsFloatDType(b.dtype(x));
  ValueId values = kNoValue;
  if (real) {
    values = b.Cast(FloatsOf(c, "imputed_value_floats"), b.dtype(x));
  } else {
    const std::vector<int64_t> numbers = c.Ints("imputed_value_int64s");
    if (numbers.empty()) return c.Invalid("attribute imputed_value_int64s wants numbers");
    values = b.Cast(b.IntsConstant(numbers), b.dtype(x));
  }
  const float replaced = c.Float("replaced_value_float", 0);
  ValueId missing = kNoValue;
  if (real && std::isnan(replaced)) {
    missing = b.Unary(UnaryKind::kIsNan, x);
  } else {
    const double value = real ? static_cast<double>(replaced) : static_cast<double>(c.Int("replaced_value_int64", 0));
    missing = b.Compare(CompareKind::kEqual, x, b.Scalar(b.dtype(x), value));
  }
  c.Out(0, b.Where(missing, values, x));
}

// Vectors side by side as f32, each cut or filled with zeros to its stated length.
void FeatureVectorizer(NodeContext& c) {
  Builder& b = c.b;
  const std::vector<int64_t> lengths = c.Ints("inputdimensions");
  std::vector<ValueId> parts;
  for (size_t i = 0; i < c.input_count(); ++i) {
    ValueId x = Real(b, c.In(i));
    if (b.rank(x) == 1) x = b.Reshape(x, {1, -1});
    const int64_t have = b.Dim(x, 1);
    const int64_t want = i < lengths.size() ? lengths[i] : have;
    if (!b.ok() || want < 1 || want > 1 << 24 || b.rank(x) != 2) return c.Invalid("inputdimensions does not fit");
    parts.push_back(want <= have ? b.Slice(x, 1, 0, want)
                                 : b.Concat({x, b.Filled(DType::kF32, {b.Dim(x, 0), want - have}, 0)}, 1));
  }
  c.Out(0, b.Concat(parts, 1));
}

// A list of numbers from the attribute of one of its three spellings; empty when none is there.
struct Numbers {
  ValueId values = kNoValue;  // [n]
};
Numbers NumbersOf(NodeContext& c, const std::string& stem) {
  Builder& b = c.b;
  if (const Attribute* found = c.Find(stem + "_int64s"); found != nullptr && !found->ints.empty())
    return {b.IntsConstant(found->ints)};
  if (const Attribute* found = c.Find(stem + "_floats"); found != nullptr && !found->floats.empty())
    return {FloatsOf(c, (stem + "_floats").c_str())};
  if (const Attribute* found = c.Find(stem + "_tensor"); found != nullptr && found->tensor != nullptr) {
    const TensorData& t = *found->tensor;
    if (!t.is_string) return {b.Reshape(b.Constant(stem, t.dtype, t.shape, t.data), {-1})};
  }
  c.Unsupported("labels or categories that are strings; give them as numbers");
  return {};
}

// The first key that equals x chooses the value; none: the default.
void LabelEncoder(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const ValueId keys = NumbersOf(c, "keys").values;
  const ValueId values = NumbersOf(c, "values").values;
  if (!b.ok()) return;
  const DType type = b.dtype(values);
  double otherwise = static_cast<double>(type == DType::kF32 ? c.Float("default_float", -0.0f) : 0.0f);
  if (type == DType::kI64) otherwise = static_cast<double>(c.Int("default_int64", -1));
  ValueId last = b.Reshape(b.Scalar(type, otherwise), {1});
  if (const Attribute* found = c.Find("default_tensor"); found != nullptr && found->tensor != nullptr) {
    const TensorData& t = *found->tensor;
    if (t.is_string) return c.Unsupported("labels that are strings; give them as numbers");
    last = b.Cast(b.Reshape(b.Constant("default", t.dtype, t.shape, t.data), {1}), type);
  }
  std::vector<int64_t> column(b.shape(x).dims().begin(), b.shape(x).dims().end());
  std::vector<int64_t> always = column;
  column.push_back(1);
  always.push_back(1);
  const ValueId same = b.Compare(CompareKind::kEqual, b.Reshape(x, column), b.Cast(keys, b.dtype(x)));
  const ValueId hits =
      b.Cast(b.Concat({same, b.Filled(DType::kBool, *Shape::FromSpan(always), 1)}, b.rank(x)), DType::kI32);
  const ValueId first = b.Op(ops::ids::kArgReduce, ops::ArgReduceAttrs{false, -1, false, false}, {hits});
  c.Out(0, b.Gather(b.Concat({values, last}, 0), first, 0));
}

void OneHotEncoder(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const std::vector<int64_t> categories = c.Ints("cats_int64s");
  if (categories.empty()) return c.Unsupported("categories that are strings; give them as numbers");
  std::vector<int64_t> column(b.shape(x).dims().begin(), b.shape(x).dims().end());
  column.push_back(1);
  const ValueId same =
      b.Compare(CompareKind::kEqual, b.Cast(b.Reshape(x, column), DType::kI64), b.IntsConstant(categories));
  c.Out(0, Real(b, same));
}

// The scores as they are; the map that names them is for whoever reads the result.
void ZipMap(NodeContext& c) { c.Out(0, c.In(0)); }

// scores [n, targets] = x coefficients' + intercepts
ValueId Linear(NodeContext& c, int64_t targets) {
  Builder& b = c.b;
  const ValueId x = b.rank(c.In(0)) == 1 ? b.Reshape(c.In(0), {1, -1}) : c.In(0);
  const ValueId coefficients = b.Reshape(FloatsOf(c, "coefficients"), {targets, -1});
  const ValueId y = b.Matmul(Real(b, x), coefficients, false, true);
  const Attribute* intercepts = c.Find("intercepts");
  return intercepts == nullptr || intercepts->floats.empty() ? y : b.Add(y, FloatsOf(c, "intercepts"));
}

void LinearRegressor(NodeContext& c) {
  const int64_t targets = c.Int("targets", 1);
  if (targets < 1) return c.Invalid("attribute targets wants one or more");
  c.Out(0, PostTransform(c, Linear(c, targets)));
}

void LinearClassifier(NodeContext& c) {
  Builder& b = c.b;
  const std::vector<int64_t> labels = ClassLabels(c);
  const Attribute* coefficients = c.Find("coefficients");
  if (!b.ok() || coefficients == nullptr) return c.Invalid("attribute coefficients is missing");
  const int64_t features = b.Dim(c.In(0), -1);
  const auto targets = static_cast<int64_t>(coefficients->floats.size()) / std::max<int64_t>(features, 1);
  if (targets < 1) return c.Invalid("the coefficients do not fit the features");
  const ValueId scores = Linear(c, targets);
  if (targets == 1 && labels.size() == 2) {
    const ValueId hit = b.Compare(CompareKind::kGreater, b.Reshape(scores, {-1}), b.Scalar(DType::kF32, 0));
    c.Out(0, b.Gather(b.IntsConstant(labels), b.Cast(hit, DType::kI64), 0));
    return c.Out(1, b.Concat({b.Sub(b.Scalar(DType::kF32, 1), scores), scores}, 1));
  }
  if (static_cast<int64_t>(labels.size()) != targets) return c.Invalid("there are not as many labels as classes");
  c.Out(0, BestLabel(b, scores, labels));
  c.Out(1, PostTransform(c, scores));
}

constexpr Converter kRows[] = {
    {"ArrayFeatureExtractor", ArrayFeatureExtractor, 1},
    {"Binarizer", Binarizer, 1},
    {"FeatureVectorizer", FeatureVectorizer, 1},
    {"Imputer", Imputer, 1},
    {"LabelEncoder", LabelEncoder, 2},
    {"LinearClassifier", LinearClassifier, 1},
    {"LinearRegressor", LinearRegressor, 1},
    {"Normalizer", Normalizer, 1},
    {"OneHotEncoder", OneHotEncoder, 1},
    {"Scaler", Scaler, 1},
    {"ZipMap", ZipMap, 1},
};

}  // namespace

std::vector<int64_t> ClassLabels(NodeContext& c) {
  for (const char* name : {"classlabels_ints", "classlabels_int64s"}) {
    if (const Attribute* found = c.Find(name); found != nullptr && !found->ints.empty()) return found->ints;
  }
  c.Unsupported("class labels that are strings; train with numbers as classes");
  return {};
}

ValueId BestLabel(Builder& b, ValueId scores, const std::vector<int64_t>& labels) {
  const ValueId best = b.Op(ops::ids::kArgReduce, ops::ArgReduceAttrs{false, 1, false, false}, {scores});
  return b.Gather(b.IntsConstant(labels), best, 0);
}

ValueId PostTransform(NodeContext& c, ValueId scores) {
  Builder& b = c.b;
  const std::string name = c.String("post_transform", "NONE");
  if (name == "NONE") return scores;
  if (name == "LOGISTIC") return b.Unary(UnaryKind::kSigmoid, scores);
  if (name == "SOFTMAX") return ApplySoftmax(b, scores, -1);
  if (name == "SOFTMAX_ZERO") {  // a score of 0 stays 0 and takes no part
    const ValueId absent = b.Compare(CompareKind::kEqual, scores, b.Scalar(DType::kF32, 0));
    const ValueId all = b.Unary(UnaryKind::kExp, b.Sub(scores, b.Reduce(ReduceKind::kMax, scores, {-1}, true)));
    const ValueId parts = b.Where(absent, b.Scalar(DType::kF32, 0), all);
    const ValueId sum = b.Reduce(ReduceKind::kSum, parts, {-1}, true);
    return b.Div(parts,
                 b.Where(b.Compare(CompareKind::kEqual, sum, b.Scalar(DType::kF32, 0)), b.Scalar(DType::kF32, 1), sum));
  }
  c.Unsupported("the post_transform '" + name.substr(0, 50) + "'; use NONE, LOGISTIC or SOFTMAX");
  return scores;
}

const std::span<const Converter> kMlConverters = kRows;

}  // namespace verge::onnx
