#include "ops/case_file.h"

#include <array>
#include <charconv>

#include "ops/attr_text.h"

namespace verge::ops {
namespace {

std::string_view Trim(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

template <typename T>
bool ReadNumber(std::string_view text, T& value) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

// Takes "key=value" off the end of `line` when it is there.
std::string_view TakeOption(std::string_view& line, std::string_view key) {
  const size_t at = line.rfind(" " + std::string(key) + "=");
  if (at == std::string_view::npos) return {};
  const std::string_view value = Trim(line.substr(at + key.size() + 2));
  line = line.substr(0, at);
  return value;
}

// "0.5:3" or "0.1..0.2:0/3"; `dims` of the tensor that it belongs to.
Result<std::shared_ptr<const CaseQuant>> ParseQuant(std::string_view text, const Shape& shape) {
  auto quant = std::make_shared<CaseQuant>();
  const size_t colon = text.find(':'), slash = text.find('/'), dots = text.find("..");
  float first = 0, last = 0;
  int32_t zero = 0;
  bool ok = colon != text.npos && ReadNumber(Trim(text.substr(0, std::min(dots, colon))), first);
  last = first;
  if (ok && dots < colon) ok = ReadNumber(Trim(text.substr(dots + 2, colon - dots - 2)), last);
  ok = ok && ReadNumber(Trim(text.substr(colon + 1, slash == text.npos ? slash : slash - colon - 1)), zero);
  if (ok && slash != text.npos)
    ok = ReadNumber(Trim(text.substr(slash + 1)), quant->axis) && quant->axis < shape.rank();
  if (!ok) return VERGE_ERROR(kInvalidArgument, "'" + std::string(text) + "' is not SCALE:ZERO or FROM..TO:ZERO/AXIS");
  const size_t count = slash == text.npos ? 1 : static_cast<size_t>(shape[quant->axis]);
  for (size_t i = 0; i < count; ++i) {
    quant->scales.push_back(first + (last - first) * static_cast<float>(i) / static_cast<float>(count));
  }
  quant->zero_points.assign(count, zero);
  return std::shared_ptr<const CaseQuant>(std::move(quant));
}

// Takes " q(...)" off the end of `text` when it is there.
std::string_view TakeQuant(std::string_view& text) {
  const size_t open = text.find("q(");
  if (open == text.npos || text.back() != ')') return {};
  const std::string_view quant = text.substr(open + 2, text.size() - open - 3);
  text = Trim(text.substr(0, open));
  return quant;
}

Result<CaseInput> ParseInput(std::string_view part) {
  CaseInput input;
  if (part == "none") {
    input.is_present = false;
    return input;
  }
  if (part.starts_with("const ")) {
    input.is_constant = true;
    part = Trim(part.substr(6));
  }
  const std::string_view quant = TakeQuant(part);
  VERGE_TRY_ASSIGN(input.type, ParseTensorType(part));
  if (quant.empty()) return input;
  VERGE_TRY_ASSIGN(input.quant, ParseQuant(quant, input.type.shape));
  input.type.quant = ViewOf(input.quant);
  return input;
}

// Inputs are separated by commas outside of brackets.
Status ReadInputs(std::string_view text, std::vector<CaseInput>& inputs) {
  while (!Trim(text).empty()) {
    size_t end = 0;
    for (bool inside = false; end < text.size() && (inside || text[end] != ','); ++end) {
      if (text[end] == '[') inside = true;
      if (text[end] == ']') inside = false;
    }
    VERGE_TRY_ASSIGN(CaseInput input, ParseInput(Trim(text.substr(0, end))));
    text = end < text.size() ? text.substr(end + 1) : std::string_view();
    inputs.push_back(std::move(input));
  }
  return Status::Ok();
}

Result<Case> ParseCase(OpId op, std::string_view line) {
  Case out;
  out.op = op;
  const std::string_view zeros = TakeOption(line, "zeros");
  const std::string_view range = TakeOption(line, "range");
  const std::string_view tolerance = TakeOption(line, "tol");
  if (!ReadNumber(tolerance, out.tolerance)) return VERGE_ERROR(kInvalidArgument, "has no tol=NUMBER");
  if (!zeros.empty() && !ReadNumber(zeros, out.zeros)) return VERGE_ERROR(kInvalidArgument, "zeros is not a number");
  if (!range.empty()) {
    const size_t dots = range.find("..");
    if (dots == range.npos || !ReadNumber(range.substr(0, dots), out.lo) ||
        !ReadNumber(range.substr(dots + 2), out.hi)) {
      return VERGE_ERROR(kInvalidArgument, "range is not LO..HI");
    }
  }
  const size_t colon = line.find(':');
  if (colon == line.npos) return VERGE_ERROR(kInvalidArgument, "has no name");
  out.name = Trim(line.substr(0, colon));
  line = line.substr(colon + 1);
  const size_t brace = line.find('{');
  std::string_view types = Trim(line.substr(0, brace));
  const size_t arrow = types.find("->");
  if (arrow != types.npos) {
    std::string_view result = Trim(types.substr(arrow + 2));
    VERGE_TRY_ASSIGN(out.output_quant, ParseQuant(TakeQuant(result), {}));
    types = types.substr(0, arrow);
  }
  VERGE_TRY(ReadInputs(types, out.inputs));
  VERGE_TRY_ASSIGN(out.attrs, ParseAttrs(GetOp(op), brace == line.npos ? std::string_view() : line.substr(brace)));
  return out;
}

}  // namespace

QuantView ViewOf(const std::shared_ptr<const CaseQuant>& quant) {
  if (quant == nullptr) return {};
  return {quant->scales, quant->zero_points, quant->axis};
}

Result<TensorType> ParseTensorType(std::string_view text) {
  const size_t open = text.find('[');
  if (open == text.npos || text.back() != ']') {
    return VERGE_ERROR(kInvalidArgument, "'" + std::string(text) + "' is not a type like f32[1, 2]");
  }
  const std::optional<DType> dtype = ParseDType(Trim(text.substr(0, open)));
  std::string_view rest = Trim(text.substr(open + 1, text.size() - open - 2));
  std::vector<int64_t> dims;
  while (dtype && !rest.empty()) {
    const size_t comma = rest.find(',');
    if (!ReadNumber(Trim(rest.substr(0, comma)), dims.emplace_back())) dims.back() = -1;
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
  }
  const std::optional<Shape> shape = Shape::FromSpan(dims);
  if (!dtype || !shape)
    return VERGE_ERROR(kInvalidArgument, "'" + std::string(text) + "' is not a type like f32[1, 2]");
  return TensorType{*dtype, *shape, {}};
}

Result<std::vector<Case>> ParseCases(OpId op, std::string_view text) {
  std::vector<Case> cases;
  int number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, std::min(end, text.find('#'))));
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    ++number;
    if (line.empty()) continue;
    Result<Case> parsed = ParseCase(op, line);
    if (!parsed.ok()) {
      return std::move(parsed).status().WithContext(std::string(GetOp(op).name) + ".cases:" + std::to_string(number));
    }
    cases.push_back(std::move(parsed).value());
  }
  return cases;
}

}  // namespace verge::ops
