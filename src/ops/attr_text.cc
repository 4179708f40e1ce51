#include "ops/attr_text.h"

#include <charconv>
#include <cmath>
#include <map>
#include <vector>

namespace verge::ops {
namespace {

std::string PrintFloat(float value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end.ptr};
}

// Collects (name, text) of every field.
class Printer final : public AttrVisitor {
 public:
  void Int(const char* name, int64_t& value, int64_t /*min*/, int64_t /*max*/) override {
    fields.emplace_back(name, std::to_string(value));
  }
  void Float(const char* name, float& value) override { fields.emplace_back(name, PrintFloat(value)); }
  void Bool(const char* name, bool& value) override { fields.emplace_back(name, value ? "true" : "false"); }
  void Enum(const char* name, int32_t& value, std::span<const char* const> names) override {
    const bool known = value >= 0 && static_cast<size_t>(value) < names.size();
    fields.emplace_back(name, known ? names[static_cast<size_t>(value)] : "?");
  }
  void Ints(const char* name, IntList& value) override {
    std::string text = "[";
    for (int32_t i = 0; i < value.size; ++i) {
      text += (i == 0 ? "" : ", ") + std::to_string(value.values[static_cast<size_t>(i)]);
    }
    fields.emplace_back(name, text + "]");
  }

  std::vector<std::pair<std::string, std::string>> fields;
};

std::string_view Trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

// Takes the next part of `rest` up to a comma outside brackets.
std::string_view TakePart(std::string_view& rest) {
  int depth = 0;
  size_t i = 0;
  for (; i < rest.size(); ++i) {
    if (rest[i] == '[') ++depth;
    if (rest[i] == ']') --depth;
    if (rest[i] == ',' && depth == 0) break;
  }
  const std::string_view part = Trim(rest.substr(0, i));
  rest.remove_prefix(i < rest.size() ? i + 1 : i);
  return part;
}

bool ReadInt(std::string_view text, int64_t& value) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

using Fields = std::map<std::string, std::string_view, std::less<>>;

// Replaces each field that the text names, and remembers the first mistake.
class Reader final : public AttrVisitor {
 public:
  explicit Reader(const Fields& fields) : fields_(fields) {}

  void Int(const char* name, int64_t& value, int64_t min, int64_t max) override {
    const std::string_view* text = Find(name);
    if (text == nullptr) return;
    int64_t read = 0;
    if (!ReadInt(*text, read) || read < min || read > max) {
      return Fail(name, *text, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    }
    value = read;
  }
  void Float(const char* name, float& value) override {
    const std::string_view* text = Find(name);
    if (text == nullptr) return;
    float read = 0;
    const auto end = std::from_chars(text->data(), text->data() + text->size(), read);
    if (end.ec != std::errc() || end.ptr != text->data() + text->size() || !std::isfinite(read)) {
      return Fail(name, *text, "a finite number");
    }
    value = read;
  }
  void Bool(const char* name, bool& value) override {
    const std::string_view* text = Find(name);
    if (text == nullptr) return;
    if (*text != "true" && *text != "false") return Fail(name, *text, "true or false");
    value = *text == "true";
  }
  void Enum(const char* name, int32_t& value, std::span<const char* const> names) override {
    const std::string_view* text = Find(name);
    if (text == nullptr) return;
    std::string want;
    for (size_t i = 0; i < names.size(); ++i) {
      if (*text == names[i]) {
        value = static_cast<int32_t>(i);
        return;
      }
      want += (i == 0 ? "" : " or ") + std::string(names[i]);
    }
    Fail(name, *text, want);
  }
  void Ints(const char* name, IntList& value) override {
    const std::string_view* text = Find(name);
    if (text == nullptr) return;
    const std::string want = "a list like [1, 2] of at most " + std::to_string(IntList::kCapacity) + " whole numbers";
    if (text->size() < 2 || text->front() != '[' || text->back() != ']') return Fail(name, *text, want);
    std::string_view rest = Trim(text->substr(1, text->size() - 2));
    IntList read;
    while (!rest.empty()) {
      int64_t entry = 0;
      if (read.size == IntList::kCapacity || !ReadInt(TakePart(rest), entry)) return Fail(name, *text, want);
      read.values[static_cast<size_t>(read.size++)] = entry;
    }
    value = read;
  }

  const std::string& known() const { return known_; }
  size_t used() const { return used_; }
  Status TakeStatus() { return std::move(status_); }

 private:
  const std::string_view* Find(const char* name) {
    known_ += (known_.empty() ? "" : ", ") + std::string(name);
    const auto found = fields_.find(name);
    if (found == fields_.end()) return nullptr;
    ++used_;
    return &found->second;
  }
  void Fail(const char* name, std::string_view text, const std::string& want) {
    if (!status_.ok()) return;
    status_ = VERGE_ERROR(kInvalidArgument,
                          "attribute " + std::string(name) + " is '" + std::string(text) + "', wants " + want);
  }

  const Fields& fields_;
  std::string known_;
  size_t used_ = 0;
  Status status_;
};

Result<Fields> SplitFields(std::string_view text) {
  Fields fields;
  text = Trim(text);
  if (text.empty()) return fields;
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') {
    return VERGE_ERROR(kInvalidArgument, "attributes are '" + std::string(text) + "', want {name=value, ...}");
  }
  std::string_view rest = text.substr(1, text.size() - 2);
  while (!Trim(rest).empty()) {
    const std::string_view part = TakePart(rest);
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      return VERGE_ERROR(kInvalidArgument, "attribute '" + std::string(part) + "' has no value; write name=value");
    }
    const std::string name(Trim(part.substr(0, equals)));
    if (!fields.emplace(name, Trim(part.substr(equals + 1))).second) {
      return VERGE_ERROR(kInvalidArgument, "attribute " + name + " is given twice");
    }
  }
  return fields;
}

}  // namespace

OpAttrs DefaultAttrs(const OpDef& op) {
  OpAttrs attrs;
  op.init_attrs(attrs);
  return attrs;
}

std::string PrintAttrs(const OpDef& op, const OpAttrs& attrs) {
  OpAttrs own = attrs;
  OpAttrs defaults = DefaultAttrs(op);
  Printer own_fields;
  Printer default_fields;
  op.visit_attrs(own, own_fields);
  op.visit_attrs(defaults, default_fields);
  std::string out;
  for (size_t i = 0; i < own_fields.fields.size(); ++i) {
    if (own_fields.fields[i] == default_fields.fields[i]) continue;
    out += (out.empty() ? "{" : ", ") + own_fields.fields[i].first + "=" + own_fields.fields[i].second;
  }
  return out.empty() ? out : out + "}";
}

Result<OpAttrs> ParseAttrs(const OpDef& op, std::string_view text) {
  VERGE_TRY_ASSIGN(const Fields fields, SplitFields(text));
  OpAttrs attrs = DefaultAttrs(op);
  Reader reader(fields);
  op.visit_attrs(attrs, reader);
  VERGE_TRY(reader.TakeStatus());
  if (reader.used() != fields.size()) {
    for (const auto& [name, value] : fields) {
      if ((", " + reader.known() + ",").find(", " + name + ",") != std::string::npos) continue;
      return VERGE_ERROR(kInvalidArgument, std::string(op.name) + " has no attribute " + name +
                                               (reader.known().empty() ? "" : "; it has " + reader.known()));
    }
  }
  return attrs;
}

}  // namespace verge::ops
