#include <charconv>
#include <memory>
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
  // Takes the bytes of its constants from `constant_bytes_left`, which all graphs of a text share.
  explicit GraphReader(size_t& constant_bytes_left) : constant_bytes_left_(constant_bytes_left) {}

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
    if (keyword == "state") return ReadState(ahead);
    if (keyword == "next") return ReadNext(ahead);
    if (keyword == "count") return ReadCount(ahead);
    return ReadNode(cursor);
  }

  // The graph as it was read; Verify has not seen it.
  Graph TakeGraph() { return std::move(graph_); }
  void AddSubgraph(Graph subgraph) { graph_.subgraphs.push_back(std::move(subgraph)); }
  size_t subgraphs() const { return graph_.subgraphs.size(); }
  void SetName(std::string name) { graph_.name = std::move(name); }

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

  Status ReadState(Cursor& cursor) {
    Value value;
    VERGE_TRY_ASSIGN(value.name, cursor.TakeName());
    VERGE_TRY(cursor.WantChar(':'));
    VERGE_TRY(ReadType(cursor, value));
    VERGE_TRY(cursor.WantChar('='));
    VERGE_TRY_ASSIGN(const std::string initial, cursor.TakeName());
    State state;
    if (initial != "_") {
      VERGE_TRY_ASSIGN(state.initial, Find(initial));
    }
    VERGE_TRY_ASSIGN(state.input, Define(std::move(value)));
    graph_.states.push_back(state);
    return WantEnd(cursor);
  }

  Status ReadNext(Cursor& cursor) {
    VERGE_TRY_ASSIGN(const std::string name, cursor.TakeName());
    VERGE_TRY(cursor.WantChar('='));
    VERGE_TRY_ASSIGN(const std::string next, cursor.TakeName());
    VERGE_TRY_ASSIGN(const ValueId input, Find(name));
    VERGE_TRY_ASSIGN(const ValueId output, Find(next));
    for (State& state : graph_.states) {
      if (state.input != input) continue;
      state.output = output;
      return WantEnd(cursor);
    }
    return VERGE_ERROR(kInvalidArgument, "names '" + name + "', which is no state");
  }

  Status ReadCount(Cursor& cursor) {
    CountedDim counted;
    const Status wrong = VERGE_ERROR(kInvalidArgument, "wants count OUTPUT dim DIMENSION = [FACTOR *] NAME");
    if (!ReadNumber(cursor.TakeUntil(" "), counted.output) || cursor.TakeWord() != "dim" ||
        !ReadNumber(cursor.TakeUntil(" ="), counted.dim) || !cursor.TakeChar('=')) {
      return wrong;
    }
    Cursor ahead = cursor;
    if (ReadNumber(ahead.TakeUntil(" *"), counted.factor)) {
      if (!ahead.TakeChar('*')) return wrong;
      cursor = ahead;
    }
    VERGE_TRY_ASSIGN(const std::string name, cursor.TakeName());
    VERGE_TRY_ASSIGN(counted.count, Find(name));
    graph_.counted.push_back(counted);
    return WantEnd(cursor);
  }

  // "<0, 1>" or nothing.
  static Result<std::vector<uint32_t>> ReadSubgraphs(Cursor& cursor) {
    std::vector<uint32_t> indices;
    if (!cursor.TakeChar('<')) return indices;
    do {
      uint32_t index = 0;
      if (!ReadNumber(cursor.TakeUntil(",> "), index)) {
        return VERGE_ERROR(kInvalidArgument, "wants numbers of subgraphs " + cursor.Where());
      }
      indices.push_back(index);
    } while (cursor.TakeChar(','));
    VERGE_TRY(cursor.WantChar('>'));
    return indices;
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
    VERGE_TRY_ASSIGN(std::vector<uint32_t> subgraphs, ReadSubgraphs(cursor));
    for (const uint32_t index : subgraphs) {
      if (index >= graph_.subgraphs.size()) {
        return VERGE_ERROR(kInvalidArgument, "names subgraph " + std::to_string(index) + ", which is not there");
      }
    }
    std::string name = targets[0].value.name;
    if (cursor.NextIs('"')) {
      VERGE_TRY_ASSIGN(name, cursor.TakeQuoted());
    }
    VERGE_TRY(WantEnd(cursor));
    if (graph_.nodes.size() >= kMaxNodes) return VERGE_ERROR(kResourceExhausted, "has too many nodes");
    Node& node = graph_.AddNode(op, std::move(name), std::move(inputs), {});
    node.attrs = attrs;
    node.subgraphs = std::move(subgraphs);
    // Defined before the shape rule runs, which wants to see their quantisation.
    for (const Target& target : targets) {
      VERGE_TRY_ASSIGN(const ValueId id, Define(target.value));
      node.outputs.push_back(id);
    }
    VERGE_TRY_ASSIGN(const std::vector<TensorType> types, InferNode(graph_, node));
    for (size_t i = 0; i < targets.size(); ++i) VERGE_TRY(SetType(targets[i], types[i], node.outputs[i]));
    return Status::Ok();
  }

  Status SetType(const Target& target, const TensorType& type, ValueId id) {
    Value& value = graph_.values[id];
    if (target.has_type && (value.dtype != type.dtype || value.shape != type.shape)) {
      return VERGE_ERROR(kInvalidArgument, "says that '" + value.name + "' is " + DTypeName(value.dtype) +
                                               ToString(value.shape) + "; the op makes " + DTypeName(type.dtype) +
                                               ToString(type.shape));
    }
    value.dtype = type.dtype;
    value.shape = type.shape;
    return Status::Ok();
  }

  Graph graph_;
  std::unordered_map<std::string, ValueId> ids_;
  size_t& constant_bytes_left_;
};

// The graph being read and, above it, those that it is a subgraph of.
class TextReader {
 public:
  explicit TextReader(const ParseLimits& limits) : constant_bytes_left_(limits.max_constant_bytes) {
    open_.push_back(std::make_unique<GraphReader>(constant_bytes_left_));
  }

  Status ReadLine(std::string_view line) {
    Cursor cursor(line);
    const std::string_view keyword = cursor.TakeWord();
    if (keyword == "subgraph") return Open(cursor);
    if (keyword == "end" && cursor.AtEnd()) return Close();
    return open_.back()->ReadLine(line);
  }

  Result<Graph> Finish() {
    if (open_.size() > 1) return VERGE_ERROR(kInvalidArgument, "the text ends within a subgraph");
    Graph graph = open_.back()->TakeGraph();
    VERGE_TRY(Verify(graph));
    return graph;
  }

 private:
  Status Open(Cursor& cursor) {
    if (open_.size() > kMaxSubgraphDepth || open_.back()->subgraphs() >= kMaxSubgraphs) {
      return VERGE_ERROR(kResourceExhausted, "has too many subgraphs, or too deep ones");
    }
    VERGE_TRY_ASSIGN(std::string name, cursor.TakeQuoted());
    open_.push_back(std::make_unique<GraphReader>(constant_bytes_left_));
    open_.back()->SetName(std::move(name));
    return Status::Ok();
  }

  Status Close() {
    if (open_.size() == 1) return VERGE_ERROR(kInvalidArgument, "ends a subgraph that was not begun");
    Graph subgraph = open_.back()->TakeGraph();
    open_.pop_back();
    open_.back()->AddSubgraph(std::move(subgraph));
    return Status::Ok();
  }

  size_t constant_bytes_left_;
  std::vector<std::unique_ptr<GraphReader>> open_;
};

}  // namespace

Result<Graph> Parse(std::string_view text, const ParseLimits& limits) {
  if (text.size() > limits.max_text_bytes) {
    return VERGE_ERROR(kResourceExhausted,
                       "the text has more than " + std::to_string(limits.max_text_bytes) + " bytes");
  }
  TextReader reader(limits);
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    Status status = reader.ReadLine(text.substr(0, end));
    if (!status.ok()) return std::move(status).WithContext("line " + std::to_string(number));
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
  return reader.Finish();
}

}  // namespace verge::ir
