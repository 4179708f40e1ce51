#include "proto/json.h"

#include <utility>

namespace verge::proto {
namespace {

// The deepest nesting of brackets outside of strings, found before the parser builds anything.
int NestingDepth(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

std::string Shown(const nlohmann::json& value) {
  std::string text = DumpJson(value);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

}  // namespace

Result<nlohmann::json> ParseJson(std::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    return VERGE_ERROR(kInvalidArgument, "JSON text of " + std::to_string(text.size()) + " bytes; at most " +
                                             std::to_string(max_bytes) + " are allowed");
  }
  if (NestingDepth(text) > kMaxJsonDepth) {
    return VERGE_ERROR(kInvalidArgument, "JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return VERGE_ERROR(kInvalidArgument, "not valid JSON near byte " + std::to_string(error.byte));
  } catch (const nlohmann::json::exception& error) {
    return VERGE_ERROR(kInvalidArgument, std::string("not valid JSON: ") + error.what());
  }
}

std::string DumpJson(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string QuoteJson(std::string_view text) { return DumpJson(nlohmann::json(std::string(text))); }

Result<JsonText> JsonText::Parse(std::string_view text) {
  VERGE_TRY_ASSIGN(const nlohmann::json value, ParseJson(text));
  if (!value.is_object()) return VERGE_ERROR(kInvalidArgument, "expected a JSON object, got " + Shown(value));
  return JsonText(DumpJson(value));
}

void JsonReader::FailAt(const std::string& path, std::string_view expected) {
  if (!status_.ok()) return;
  status_ = VERGE_ERROR(kInvalidArgument,
                        (path.empty() ? std::string("the message") : path) + ": expected " + std::string(expected));
}

void JsonReader::Fail(const char* name, std::string_view expected) {
  if (!status_.ok()) return;
  std::string text(expected);
  if (*name == '\0') {
    text += ", got " + Shown(*object_);
  } else if (object_->is_object() && object_->contains(name)) {
    text += ", got " + Shown((*object_)[name]);
  }
  FailAt(*name == '\0' ? path_ : PathOf(name), text);
}

bool JsonReader::IsAbsent(const char* name) const {
  if (!status_.ok()) return true;
  const auto it = object_->find(name);
  return it == object_->end() || it->is_null();
}

const nlohmann::json* JsonReader::Find(const char* name) {
  if (!status_.ok()) return nullptr;
  const auto it = object_->find(name);
  if (it != object_->end()) return &*it;
  FailAt(PathOf(name), "a value, it is missing");
  return nullptr;
}

const nlohmann::json* JsonReader::FindList(const char* name, size_t max) {
  const nlohmann::json* v = Find(name);
  if (v == nullptr) return nullptr;
  if (v->is_array() && v->size() <= max) return v;
  Fail(name, "a list of at most " + std::to_string(max));
  return nullptr;
}

bool JsonReader::ReadText(const std::string& path, const nlohmann::json& value, const TextRule& rule,
                          std::string& out) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const bool size_fits = text.size() >= rule.min_bytes && text.size() <= rule.max_bytes;
    if (size_fits && (rule.valid == nullptr || rule.valid(text))) {
      out = text;
      return true;
    }
  }
  FailAt(path, std::string(rule.expected) + ", got " + Shown(value));
  return false;
}

void JsonReader::Text(const char* name, std::string& out, const TextRule& rule) {
  if (const nlohmann::json* v = Find(name)) ReadText(PathOf(name), *v, rule, out);
}

void JsonReader::Texts(const char* name, std::vector<std::string>& out, size_t max, const TextRule& rule) {
  const nlohmann::json* v = FindList(name, max);
  for (size_t i = 0; v != nullptr && i < v->size(); ++i) {
    if (!ReadText(PathOf(name) + "[" + std::to_string(i) + "]", (*v)[i], rule, out.emplace_back())) return;
  }
}

void JsonReader::Int(const char* name, int64_t& out, IntRange range) {
  const nlohmann::json* v = Find(name);
  if (v == nullptr) return;
  const bool fits_int64 =
      v->is_number_integer() && (!v->is_number_unsigned() || v->get<uint64_t>() <= uint64_t{INT64_MAX});
  if (fits_int64) {
    const int64_t value = v->get<int64_t>();
    if (value >= range.min && value <= range.max) {
      out = value;
      return;
    }
  }
  Fail(name, "an integer from " + std::to_string(range.min) + " to " + std::to_string(range.max));
}

void JsonReader::Bool(const char* name, bool& out) {
  const nlohmann::json* v = Find(name);
  if (v == nullptr) return;
  if (!v->is_boolean()) return Fail(name, "true or false");
  out = v->get<bool>();
}

void JsonReader::Json(const char* name, JsonText& out, size_t max_bytes) {
  const nlohmann::json* v = Find(name);
  if (v == nullptr) return;
  if (!v->is_object()) return Fail(name, "an object");
  std::string text = DumpJson(*v);
  if (text.size() > max_bytes)
    return FailAt(PathOf(name), "an object of at most " + std::to_string(max_bytes) + " bytes");
  out = JsonText(std::move(text));
}

void JsonReader::OptionalText(const char* name, std::string& out, const TextRule& rule) {
  if (!IsAbsent(name)) Text(name, out, rule);
}
void JsonReader::OptionalInt(const char* name, int64_t& out, IntRange range) {
  if (!IsAbsent(name)) Int(name, out, range);
}
void JsonReader::NullableText(const char* name, std::optional<std::string>& out, const TextRule& rule) {
  if (!IsAbsent(name)) Text(name, out.emplace(), rule);
}
void JsonReader::NullableInt(const char* name, std::optional<int64_t>& out, IntRange range) {
  if (!IsAbsent(name)) Int(name, out.emplace(), range);
}
void JsonReader::NullableJson(const char* name, std::optional<JsonText>& out, size_t max_bytes) {
  if (!IsAbsent(name)) Json(name, out.emplace(), max_bytes);
}

std::string& JsonWriter::Key(const char* name) {
  if (out_.back() != '{') out_ += ',';
  return out_.append("\"").append(name).append("\":");
}

void JsonWriter::Texts(const char* name, const std::vector<std::string>& v, size_t, const TextRule&) {
  std::string& out = Key(name) += '[';
  for (const std::string& item : v) {
    if (out.back() != '[') out += ',';
    out += QuoteJson(item);
  }
  out += ']';
}

}  // namespace verge::proto
