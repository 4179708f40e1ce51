// JSON for messages: bytes -> checked value, and one description of a message's fields that both reads and writes it.
//
//   template <typename Archive> void Describe(Archive& a, Desired& m) {
//     a.Int("revision", m.revision, {0, kMaxInteger});
//     a.List("apps", m.apps, 1024);
//   }
//   Result<Desired> Parse...(text)  { return ParseMessage<Desired>(text); }
//   std::string ToJson(const Desired& m) { return WriteMessage(m); }
//
// Reading is strict about types and limits and names the field in its error ("apps[2].version: expected ..."); fields
// it does not know are ignored, so that newer programs can add some. Writing keeps the order of the description.
// For the sources of proto, format/package and hub/api: other headers stay free of nlohmann.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "proto/json_text.h"
#include "proto/names.h"

namespace verge::proto {

// The largest integer that every JSON reader keeps exactly: 2^53 - 1.
inline constexpr int64_t kMaxInteger = (int64_t{1} << 53) - 1;
inline constexpr size_t kMaxMessageBytes = size_t{1} << 20;
inline constexpr int kMaxJsonDepth = 32;

// kInvalidArgument when it is longer than the limit, deeper than kMaxJsonDepth, not UTF-8 or not JSON.
Result<nlohmann::json> ParseJson(std::string_view text, size_t max_bytes = kMaxMessageBytes);
// A JSON string literal with its quotes. Bytes that are not UTF-8 are replaced.
std::string QuoteJson(std::string_view text);
// Compact text.
std::string DumpJson(const nlohmann::json& value);

struct IntRange {
  int64_t min = 0;
  int64_t max = kMaxInteger;
};

// What a text field may hold.
struct TextRule {
  size_t min_bytes;
  size_t max_bytes;
  bool (*valid)(std::string_view);  // nullptr: anything
  const char* expected;             // for messages
};
inline constexpr TextRule kNameRule{1, 63, IsName, "a name of a-z, 0-9 and - with at most 63 characters"};
inline constexpr TextRule kIdRule{1, 128, IsIdentifier,
                                  "an identifier of letters, digits, . _ - with at most 128 characters"};
inline constexpr TextRule kDigestRule{71, 71, IsDigest, "sha256: and 64 hex digits"};
inline constexpr TextRule kLineRule{0, 256, IsLine, "one line of at most 256 bytes"};
inline constexpr TextRule kTextRule{0, 4096, nullptr, "a text of at most 4096 bytes"};
inline constexpr TextRule kPemRule{1, 65536, nullptr, "a PEM text of at most 64 KiB"};

// Reads the fields of one object. The first problem sticks; later calls do nothing.
class JsonReader {
 public:
  static constexpr bool kReads = true;

  JsonReader(const nlohmann::json& value, std::string path) : object_(&value), path_(std::move(path)) {
    if (!value.is_object()) Fail("", "an object");
  }

  void Text(const char* name, std::string& out, const TextRule& rule);
  void Int(const char* name, int64_t& out, IntRange range = {});
  void Bool(const char* name, bool& out);
  void Json(const char* name, JsonText& out, size_t max_bytes = size_t{64} * 1024);
  void Texts(const char* name, std::vector<std::string>& out, size_t max, const TextRule& rule);
  // Absent or null leaves the value empty (or as it was).
  void OptionalText(const char* name, std::string& out, const TextRule& rule);
  void OptionalInt(const char* name, int64_t& out, IntRange range = {});
  void NullableText(const char* name, std::optional<std::string>& out, const TextRule& rule);
  void NullableInt(const char* name, std::optional<int64_t>& out, IntRange range = {});
  void NullableJson(const char* name, std::optional<JsonText>& out, size_t max_bytes = size_t{64} * 1024);

  template <typename E, size_t N>
  void Enum(const char* name, E& out, const std::array<const char*, N>& names) {
    const nlohmann::json* v = Find(name);
    if (v == nullptr) return;
    for (size_t i = 0; v->is_string() && i < N; ++i) {
      if (v->get_ref<const std::string&>() == names[i]) {
        out = static_cast<E>(i);
        return;
      }
    }
    std::string expected = "one of";
    for (const char* word : names) expected += std::string(" ") + word;
    Fail(name, expected);
  }
  template <typename T>
  void Object(const char* name, T& out) {
    const nlohmann::json* v = Find(name);
    if (v == nullptr) return;
    JsonReader inner(*v, PathOf(name));
    Describe(inner, out);
    Take(std::move(inner.status_));
  }
  template <typename T>
  void Nullable(const char* name, std::optional<T>& out) {
    if (IsAbsent(name)) return;
    Object(name, out.emplace());
  }
  template <typename T>
  void List(const char* name, std::vector<T>& out, size_t max) {
    const nlohmann::json* v = FindList(name, max);
    for (size_t i = 0; v != nullptr && i < v->size() && status_.ok(); ++i) {
      JsonReader inner((*v)[i], PathOf(name) + "[" + std::to_string(i) + "]");
      Describe(inner, out.emplace_back());
      Take(std::move(inner.status_));
    }
  }

  // For rules of a message as a whole.
  void Fail(const char* name, std::string_view expected);
  Status Finish() && { return std::move(status_); }

 private:
  const nlohmann::json* Find(const char* name);
  const nlohmann::json* FindList(const char* name, size_t max);
  bool IsAbsent(const char* name) const;
  bool ReadText(const std::string& path, const nlohmann::json& value, const TextRule& rule, std::string& out);
  void Take(Status inner) {
    if (status_.ok()) status_ = std::move(inner);
  }
  std::string PathOf(const char* name) const { return path_.empty() ? name : path_ + "." + name; }
  void FailAt(const std::string& path, std::string_view expected);

  const nlohmann::json* object_;
  std::string path_;
  Status status_;
};

// Writes the fields of one object as compact JSON.
class JsonWriter {
 public:
  static constexpr bool kReads = false;

  void Text(const char* name, const std::string& v, const TextRule&) { Key(name) += QuoteJson(v); }
  void Int(const char* name, int64_t v, IntRange = {}) { Key(name) += std::to_string(v); }
  void Bool(const char* name, bool v) { Key(name) += v ? "true" : "false"; }
  void Json(const char* name, const JsonText& v, size_t = 0) { Key(name) += v.text(); }
  void Texts(const char* name, const std::vector<std::string>& v, size_t, const TextRule&);
  void OptionalText(const char* name, const std::string& v, const TextRule& rule) { Text(name, v, rule); }
  void OptionalInt(const char* name, int64_t v, IntRange range = {}) { Int(name, v, range); }
  void NullableText(const char* name, const std::optional<std::string>& v, const TextRule&) {
    Key(name) += v ? QuoteJson(*v) : "null";
  }
  void NullableInt(const char* name, const std::optional<int64_t>& v, IntRange = {}) {
    Key(name) += v ? std::to_string(*v) : "null";
  }
  void NullableJson(const char* name, const std::optional<JsonText>& v, size_t = 0) {
    Key(name) += v ? v->text() : "null";
  }
  template <typename E, size_t N>
  void Enum(const char* name, E v, const std::array<const char*, N>& names) {
    Key(name) += QuoteJson(names[static_cast<size_t>(v)]);
  }
  template <typename T>
  void Object(const char* name, T& v) {
    JsonWriter inner;
    Describe(inner, v);
    Key(name) += std::move(inner).Finish();
  }
  template <typename T>
  void Nullable(const char* name, std::optional<T>& v) {
    if (v) {
      Object(name, *v);
    } else {
      Key(name) += "null";
    }
  }
  template <typename T>
  void List(const char* name, std::vector<T>& v, size_t) {
    std::string& out = Key(name) += '[';
    for (T& item : v) {
      JsonWriter inner;
      Describe(inner, item);
      if (out.back() != '[') out += ',';
      out += std::move(inner).Finish();
    }
    out += ']';
  }
  std::string Finish() && { return std::move(out_ += '}'); }

 private:
  std::string& Key(const char* name);
  std::string out_ = "{";
};

template <typename T>
Result<T> ReadMessage(const nlohmann::json& value) {
  T out{};
  JsonReader reader(value, "");
  Describe(reader, out);
  VERGE_TRY(std::move(reader).Finish());
  return out;
}

template <typename T>
Result<T> ParseMessage(std::string_view text, size_t max_bytes = kMaxMessageBytes) {
  VERGE_TRY_ASSIGN(const nlohmann::json value, ParseJson(text, max_bytes));
  return ReadMessage<T>(value);
}

template <typename T>
std::string WriteMessage(const T& message) {
  JsonWriter writer;
  // One description serves both directions, so it takes a mutable message; the writer changes nothing.
  Describe(writer, const_cast<T&>(message));
  return std::move(writer).Finish();
}

}  // namespace verge::proto
