// Matrix products, Gemm, Einsum and determinants.
#include <algorithm>

#include "import/onnx/convert/tables.h"
#include "ops/det/det.h"
#include "ops/einsum/einsum.h"
#include "ops/elem.h"

namespace verge::onnx {
namespace {

void MatMul(NodeContext& c) { c.Out(0, Multiply(c.b, c.In(0), c.In(1))); }

// y = alpha a' b' + beta c
void Gemm(NodeContext& c) {
  Builder& b = c.b;
  ValueId y = b.Matmul(c.In(0), c.In(1), c.Int("transA", 0) != 0, c.Int("transB", 0) != 0);
  const auto scaled = [&](ValueId x, float factor) {
    return factor == 1.0f ? x : b.Mul(x, b.Scalar(b.dtype(x), static_cast<double>(factor)));
  };
  y = scaled(y, c.Float("alpha", 1));
  if (c.Has(2)) y = b.Add(y, scaled(c.In(2), c.Float("beta", 1)));
  c.Out(0, y);
}

void Det(NodeContext& c) { c.Out(0, c.b.Op(ops::ids::kDet, ops::DetAttrs{}, {c.In(0)})); }

// One operand's labels; "..." becomes the labels -1, -2, ... from the right, so that they align as broadcasting does.
bool ReadLabels(NodeContext& c, const std::string& text, int rank, std::vector<int64_t>& labels) {
  const size_t dots = text.find("...");
  const std::string head = text.substr(0, dots);
  const std::string tail = dots == std::string::npos ? "" : text.substr(dots + 3);
  const auto read = [&](const std::string& part) {
    for (const char letter : part) labels.push_back(letter);
    return std::all_of(part.begin(), part.end(),
                       [](char l) { return (l >= 'a' && l <= 'z') || (l >= 'A' && l <= 'Z'); });
  };
  const auto named = static_cast<int>(head.size() + tail.size());
  bool fits = read(head) && (dots == std::string::npos ? named == rank : named <= rank);
  for (int i = rank - named; fits && dots != std::string::npos && i > 0; --i) labels.push_back(-i);
  fits = read(tail) && fits;
  if (!fits) c.Invalid("the term '" + text.substr(0, 50) + "' of the equation does not fit its operand");
  return fits;
}

struct Equation {
  std::vector<std::vector<int64_t>> operands;
  std::vector<int64_t> result;
};

Equation ReadEquation(NodeContext& c) {
  std::string text = c.String("equation", "");
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  const size_t arrow = text.find("->");
  std::string left = text.substr(0, arrow) + ",";
  Equation equation;
  for (size_t i = 0; i < c.input_count() && c.b.ok(); ++i) {
    const size_t comma = left.find(',');
    const std::string term = left.substr(0, comma);
    left = comma == std::string::npos ? "" : left.substr(comma + 1);
    if (!ReadLabels(c, term, c.b.rank(c.In(i)), equation.operands.emplace_back())) return equation;
  }
  if (!left.empty()) c.Invalid("the equation has more terms than operands");
  // The widest "..." of all operands, then each label that stands once, in alphabetical order.
  int64_t dots = 0;
  std::vector<int64_t> all;
  for (const auto& labels : equation.operands) {
    for (const int64_t label : labels) {
      dots = std::max(dots, -label);
      if (label > 0) all.push_back(label);
    }
  }
  if (arrow != std::string::npos) {
    const std::string right = text.substr(arrow + 2);
    const auto named = static_cast<int64_t>(right.size()) - (right.find("...") == std::string::npos ? 0 : 3);
    ReadLabels(c, right, static_cast<int>(named + (right.find("...") == std::string::npos ? 0 : dots)),
               equation.result);
    return equation;
  }
  std::sort(all.begin(), all.end());
  for (int64_t i = dots; i > 0; --i) equation.result.push_back(-i);
  for (size_t i = 0; i < all.size(); ++i) {
    if ((i == 0 || all[i - 1] != all[i]) && (i + 1 == all.size() || all[i + 1] != all[i]))
      equation.result.push_back(all[i]);
  }
  return equation;
}

// Two operands at a time; a label stays as long as a later operand or the result has it.
void Einsum(NodeContext& c) {
  const Equation equation = ReadEquation(c);
  if (!c.b.ok()) return;
  ValueId now = c.In(0);
  std::vector<int64_t> labels = equation.operands[0];
  const size_t count = equation.operands.size();
  for (size_t i = 1; i <= count; ++i) {
    if (i == count && count > 1) break;
    ops::EinsumAttrs attrs;
    attrs.a = ToIntList(c.b, labels);
    if (i < count) attrs.b = ToIntList(c.b, equation.operands[i]);
    std::vector<int64_t> kept = equation.result;
    if (i + 1 < count) {
      kept.clear();
      const auto add = [&](int64_t label) {
        bool later = std::count(equation.result.begin(), equation.result.end(), label) > 0;
        for (size_t k = i + 1; k < count; ++k)
          later = later || std::count(equation.operands[k].begin(), equation.operands[k].end(), label) > 0;
        if (later && std::count(kept.begin(), kept.end(), label) == 0) kept.push_back(label);
      };
      for (const int64_t label : labels) add(label);
      for (const int64_t label : equation.operands[i]) add(label);
    }
    attrs.y = ToIntList(c.b, kept);
    now = c.b.Op(ops::ids::kEinsum, attrs, i < count ? std::vector<ValueId>{now, c.In(i)} : std::vector<ValueId>{now});
    labels = kept;
  }
  c.Out(0, now);
}

constexpr Converter kRows[] = {{"MatMul", MatMul, 1}, {"Gemm", Gemm, 1}, {"Det", Det, 11}, {"Einsum", Einsum, 12}};

}  // namespace

// numpy's matmul: a vector on the left is a row, on the right a column, and that dimension goes again.
ValueId Multiply(Builder& b, ValueId x, ValueId y) {
  const bool row = b.rank(x) == 1;
  const bool column = b.rank(y) == 1;
  const ValueId left = row ? b.Reshape(x, {1, b.Dim(x, 0)}) : x;
  const ValueId right = column ? b.Reshape(y, {b.Dim(y, 0), 1}) : y;
  const ValueId z = b.Matmul(left, right);
  if (!b.ok() || (!row && !column)) return z;
  std::vector<int64_t> dims(b.shape(z).dims().begin(), b.shape(z).dims().end());
  if (column) dims.pop_back();
  if (row) dims.erase(dims.end() - (column ? 1 : 2));
  return b.Reshape(z, dims);
}

const std::span<const Converter> kMatrixConverters = kRows;

}  // namespace verge::onnx
