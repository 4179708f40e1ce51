#include <charconv>
#include <unordered_map>
#include <utility>

#include "ir/text.h"
#include "ir/text_scalar.h"
#include "ir/verify.h"
#include "ops/attr_text.h"

namespace verge::ir {
namespace {

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads one line from left to right. Take* functions skip blanks first.
class Cursor {
 public:
  explicit Cursor(std::string_view line) : rest_(line) {}

  bool AtEnd() {
    Skip();
    return rest_.empty();
  }
  bool TakeChar(char c) {
    Skip();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  Status WantChar(char c) {
    if (TakeChar(c)) return Status::Ok();
    return VERGE_ERROR(kInvalidArgument, std::string("wants '") + c + "' " + Where());
  }
  // A word of letters and what names may hold.
  std::string_view TakeWord() {
    Skip();
    size_t n = 0;
    while (n < rest_.size() && (IsNameStart(rest_[n]) || IsDigit(rest_[n]) || rest_[n] == '.' || rest_[n] == '/' ||
                                rest_[n] == '-' || (rest_[n] == ':' && n + 1 < rest_.size() && rest_[n + 1] != ' '))) {
      ++n;
    }
    if (n > 0 && !IsNameStart(rest_[0])) n = 0;
    return Take(n);
  }
  // Everything up to one of `stops`.
  std::string_view TakeUntil(std::string_view stops) {
    Skip();
    std::string_view taken = Take(std::min(rest_.find_first_of(stops), rest_.size()));
    while (!taken.empty() && taken.back() == ' ') taken.remove_suffix(1);
    return taken;
  }
  // "{...}" with its braces, or nothing.
  std::string_view TakeBraces() {
    Skip();
    if (rest_.empty() || rest_.front() != '{') return {};
    const size_t end = rest_.find('}');
    return end == rest_.npos ? std::string_view() : Take(end + 1);
  }
  bool NextIs(char c) {
    Skip();
    return !rest_.empty() && rest_.front() == c;
  }
  Result<std::string> TakeQuoted();
  // A plain or quoted name.
  Result<std::string> TakeName() {
    if (NextIs('"')) return TakeQuoted();
    const std::string_view word = TakeWord();
    if (word.empty()) return VERGE_ERROR(kInvalidArgument, "wants a name " + Where());
    return std::string(word);
  }
  std::string Where() const {
    return rest_.empty() ? "at the end" : "before '" + std::string(rest_.substr(0, 20)) + "'";
  }

 private:
  void Skip() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }
  std::string_view Take(size_t n) {
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }

  std::string_view rest_;
};

Result<std::string> Cursor::TakeQuoted() {
  VERGE_TRY(WantChar('"'));
  std::string out;
  while (!rest_.empty() && rest_.front() != '"') {
    if (rest_.front() != '\\') {
      out += rest_.front();
      rest_.remove_prefix(1);
      continue;
    }
    const char kind = rest_.size() > 1 ? rest_[1] : '\0';
    unsigned value = 0;
    if (kind == 'n') {
      out += '\n';
    } else if (kind == '"' || kind == '\\') {
      out += kind;
    } else if (kind == 'x' && rest_.size() >= 4 &&
               std::from_chars(rest_.data() + 2, rest_.data() + 4, value, 16).ptr == rest_.data() + 4) {
      out += static_cast<char>(value);
      rest_.remove_prefix(2);
    } else {
      return VERGE_ERROR(kInvalidArgument, "has a bad escape " + Where());
    }
    rest_.remove_prefix(2);
  }
  VERGE_TRY(WantChar('"'));
  return out;
}

template <typename T>
bool ReadNumber(std::string_view text, T& value) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

// "[1, 2]" of any numbers.
template <typename T>
Status ReadList(Cursor& cursor, std::vector<T>& out) {
  VERGE_TRY(cursor.WantChar('['));
  while (!cursor.TakeChar(']')) {
    if (!out.empty()) VERGE_TRY(cursor.WantChar(','));
    T value{};
    if (!ReadNumber(cursor.TakeUntil(",] "), value)) {
      return VERGE_ERROR(kInvalidArgument, "wants a list of numbers " + cursor.Where());
    }
    out.push_back(value);
  }
  return Status::Ok();
}

// "f32[1, 2]" and, if there, " quant(...)".
Status ReadType(Cursor& cursor, Value& value) {
  const std::string_view name = cursor.TakeUntil("[ ");
  const std::optional<DType> dtype = ParseDType(name);
  if (!dtype) return VERGE_ERROR(kInvalidArgument, "knows no element type '" + std::string(name) + "'");
  std::vector<int64_t> dims;
  VERGE_TRY(ReadList(cursor, dims));
  const std::optional<Shape> shape = Shape::FromSpan(dims);
  if (!shape) return VERGE_ERROR(kInvalidArgument, "has a shape of more than 8 or of negative dimensions");
  value.dtype = *dtype;
  value.shape = *shape;
  if (!cursor.NextIs('q')) return Status::Ok();
  if (cursor.TakeUntil("[") != "quant(scales=") return VERGE_ERROR(kInvalidArgument, "wants quant(scales=[...], ...)");
  VERGE_TRY(ReadList(cursor, value.quant.scales));
  if (cursor.TakeUntil("[") != ", zero_points=") return VERGE_ERROR(kInvalidArgument, "wants zero_points=[...]");
  VERGE_TRY(ReadList(cursor, value.quant.zero_points));
  if (cursor.TakeUntil("=") != ", axis" || !cursor.TakeChar('=') ||
      !ReadNumber(cursor.TakeUntil(")"), value.quant.axis)) {
    return VERGE_ERROR(kInvalidArgument, "wants axis=NUMBER");
  }
  return cursor.WantChar(')');
}

class GraphReader {
 public:
  explicit GraphReader(const ParseLimits& limits) : constant_bytes_left_(limits.max_constant_bytes) {}

  Status ReadLine(std::string_view line) {
    Cursor cursor(line);
    if (cursor.AtEnd() || cursor.NextIs('#')) return Status::Ok();
    Cursor ahead = cursor;
    const std::string_view keyword = ahead.TakeWord();
    if (keyword == "graph") return ReadGraph(ahead);
    if (keyword == "meta") return ReadMeta(ahead);
    if (keyword == "input") return ReadInput(ahead);
    if (keyword == "const") return ReadConstant(ahead);
    if (keyword == "output") return ReadOutput(ahead);
    return ReadNode(cursor);
  }

  Result<Graph> Finish() {
    VERGE_TRY(Verify(graph_));
    return std::move(graph_);
  }

 private:
  static Status WantEnd(Cursor& cursor) {
    if (cursor.AtEnd() || cursor.NextIs('#')) return Status::Ok();
    return VERGE_ERROR(kInvalidArgument, "has more than it should " + cursor.Where());
  }

  Result<ValueId> Define(Value value) {
    const auto id = static_cast<ValueId>(graph_.values.size());
    if (!ids_.emplace(value.name, id).second) {
      return VERGE_ERROR(kInvalidArgument, "defines '" + value.name + "' again");
    }
    if (id >= kMaxValues) return VERGE_ERROR(kResourceExhausted, "has too many values");
    return graph_.AddValue(std::move(value));
  }

  Result<ValueId> Find(const std::string& name) const {
    const auto found = ids_.find(name);
    if (found == ids_.end()) return VERGE_ERROR(kInvalidArgument, "uses '" + name + "' before anything defines it");
    return found->second;
  }

  Status ReadGraph(Cursor& cursor) {
    VERGE_TRY_ASSIGN(graph_.name, cursor.TakeQuoted());
    return WantEnd(cursor);
  }

  Status ReadMeta(Cursor& cursor) {
    VERGE_TRY_ASSIGN(std::string key, cursor.TakeQuoted());
    VERGE_TRY(cursor.WantChar('='));
    VERGE_TRY_ASSIGN(std::string text, cursor.TakeQuoted());
    graph_.metadata.emplace_back(std::move(key), std::move(text));
    return WantEnd(cursor);
  }

  Status ReadInput(Cursor& cursor) {
    Value value;
    VERGE_TRY_ASSIGN(value.name, cursor.TakeName());
    VERGE_TRY(cursor.WantChar(':'));
    VERGE_TRY(ReadType(cursor, value));
    VERGE_TRY_ASSIGN(const ValueId id, Define(std::move(value)));
    graph_.inputs.push_back(id);
    return WantEnd(cursor);
  }

  Status ReadOutput(Cursor& cursor) {
    VERGE_TRY_ASSIGN(const std::string name, cursor.TakeName());
    VERGE_TRY_ASSIGN(const ValueId id, Find(name));
    graph_.outputs.push_back(id);
    return WantEnd(cursor);
  }

  Status ReadConstant(Cursor& cursor) {
    Value value;
    VERGE_TRY_ASSIGN(value.name, cursor.TakeName());
    VERGE_TRY(cursor.WantChar(':'));
    VERGE_TRY(ReadType(cursor, value));
    VERGE_TRY(cursor.WantChar('='));
    const std::optional<size_t> bytes = value.type().CheckedBytes();
    if (!bytes || *bytes > constant_bytes_left_) {
      return VERGE_ERROR(kResourceExhausted, "has more bytes of constants than the limit");
    }
    constant_bytes_left_ -= *bytes;
    std::shared_ptr<Buffer> buffer = Buffer::Allocate(*bytes);
    VERGE_TRY(ReadElements(cursor, value, *buffer));
    value.constant = std::move(buffer);
    VERGE_TRY_ASSIGN([[maybe_unused]] const ValueId id, Define(std::move(value)));
    return WantEnd(cursor);
  }

  static Status ReadElements(Cursor& cursor, const Value& value, Buffer& buffer) {
    const size_t elems = value.shape.elems();
    const Status wrong = VERGE_ERROR(
        kInvalidArgument, "wants [" + std::to_string(elems) + " numbers] or fill(NUMBER) of " + DTypeName(value.dtype));
    if (cursor.TakeChar('[')) {
      for (size_t i = 0; i < elems; ++i) {
        if (i > 0 && !cursor.TakeChar(',')) return wrong;
        if (!ParseElement(value.dtype, cursor.TakeUntil(",] "), i, buffer.mutable_data())) return wrong;
      }
      return cursor.TakeChar(']') ? Status::Ok() : wrong;
    }
    const std::string_view how = cursor.TakeWord();
    if (!cursor.TakeChar('(')) return wrong;
    const std::string_view text = cursor.TakeUntil(")");
    if (how == "digest") {
      return VERGE_ERROR(kInvalidArgument,
                         "constant '" + value.name + "' is written as a digest only; its bytes are needed");
    }
    if (how != "fill" || !cursor.TakeChar(')')) return wrong;
    for (size_t i = 0; i < elems; ++i) {
      if (!ParseElement(value.dtype, text, i, buffer.mutable_data())) return wrong;
    }
    return Status::Ok();
  }

  struct Target {
    Value value;
    bool has_type = false;
  };

  static Result<std::vector<Target>> ReadTargets(Cursor& cursor) {
    std::vector<Target> targets;
    do {
      Target& target = targets.emplace_back();
      VERGE_TRY_ASSIGN(target.value.name, cursor.TakeName());
      if (cursor.TakeChar(':')) {
        target.has_type = true;
        VERGE_TRY(ReadType(cursor, target.value));
      }
    } while (cursor.TakeChar(','));
    return targets;
  }

  Result<std::vector<ValueId>> ReadArguments(Cursor& cursor) {
    std::vector<ValueId> inputs;
    VERGE_TRY(cursor.WantChar('('));
    while (!cursor.TakeChar(')')) {
      if (!inputs.empty()) VERGE_TRY(cursor.WantChar(','));
      VERGE_TRY_ASSIGN(const std::string name, cursor.TakeName());
      if (name == "_") {
        inputs.push_back(kNoValue);
        continue;
      }
      VERGE_TRY_ASSIGN(const ValueId id, Find(name));
      inputs.push_back(id);
    }
    return inputs;
  }

  Status ReadNode(Cursor& cursor) {
    VERGE_TRY_ASSIGN(std::vector<Target> targets, ReadTargets(cursor));
    VERGE_TRY(cursor.WantChar('='));
    VERGE_TRY_ASSIGN(const ops::OpId op, ops::FindOp(cursor.TakeWord()));
    VERGE_TRY_ASSIGN(std::vector<ValueId> inputs, ReadArguments(cursor));
    VERGE_TRY_ASSIGN(const ops::OpAttrs attrs, ops::ParseAttrs(ops::GetOp(op), cursor.TakeBraces()));
    std::string name = targets[0].value.name;
    if (cursor.NextIs('"')) {
      VERGE_TRY_ASSIGN(name, cursor.TakeQuoted());
    }
    VERGE_TRY(WantEnd(cursor));
    if (graph_.nodes.size() >= kMaxNodes) return VERGE_ERROR(kResourceExhausted, "has too many nodes");
    Node& node = graph_.AddNode(op, std::move(name), std::move(inputs), {});
    node.attrs = attrs;
    node.outputs.resize(targets.size(), kNoValue);
    VERGE_TRY_ASSIGN(const std::vector<TensorType> types, InferNode(graph_, node));
    for (size_t i = 0; i < targets.size(); ++i) VERGE_TRY(DefineOutput(targets[i], types[i], node.outputs[i]));
    return Status::Ok();
  }

  Status DefineOutput(Target& target, const TensorType& type, ValueId& id) {
    Value& value = target.value;
    if (target.has_type && (value.dtype != type.dtype || value.shape != type.shape)) {
      return VERGE_ERROR(kInvalidArgument, "says that '" + value.name + "' is " + DTypeName(value.dtype) +
                                               ToString(value.shape) + "; the op makes " + DTypeName(type.dtype) +
                                               ToString(type.shape));
    }
    value.dtype = type.dtype;
    value.shape = type.shape;
    VERGE_TRY_ASSIGN(id, Define(std::move(value)));
    return Status::Ok();
  }

  Graph graph_;
  std::unordered_map<std::string, ValueId> ids_;
  size_t constant_bytes_left_;
};

}  // namespace

Result<Graph> Parse(std::string_view text, const ParseLimits& limits) {
  if (text.size() > limits.max_text_bytes) {
    return VERGE_ERROR(kResourceExhausted,
                       "the text has more than " + std::to_string(limits.max_text_bytes) + " bytes");
  }
  GraphReader reader(limits);
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    Status status = reader.ReadLine(text.substr(0, end));
    if (!status.ok()) return std::move(status).WithContext("line " + std::to_string(number));
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
  return reader.Finish();
}

}  // namespace verge::ir
