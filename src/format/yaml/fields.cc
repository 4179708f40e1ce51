#include "format/yaml/fields.h"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace verge::yaml {
namespace {

constexpr int64_t kMaxDurationUs = int64_t{30} * 24 * 3600 * 1000000;

std::optional<double> ToNumber(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<int64_t> ToInt(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string Short(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

bool IsLowest(double v) { return v <= std::numeric_limits<double>::lowest(); }
bool IsHighest(double v) { return v >= std::numeric_limits<double>::max(); }

std::string InWords(const NumberRange& range) {
  if (IsLowest(range.min) && IsHighest(range.max)) return "a number";
  if (IsHighest(range.max)) return "a number >= " + Short(range.min);
  if (IsLowest(range.min)) return "a number <= " + Short(range.max);
  return "a number from " + Short(range.min) + " to " + Short(range.max);
}

std::string InWords(const IntRange& range) {
  constexpr IntRange kAny;
  if (range.min == kAny.min && range.max == kAny.max) return "a whole number";
  if (range.max == kAny.max) return "a whole number >= " + std::to_string(range.min);
  return "a whole number from " + std::to_string(range.min) + " to " + std::to_string(range.max);
}

bool IsPlain(const Node& node) { return node.kind == Kind::kScalar && !node.is_quoted; }

}  // namespace

Status ExpectedError(const Document& document, const Node& node, std::string_view path, std::string_view expected) {
  std::string text;
  if (!path.empty()) text = std::string(path) + ": ";
  return document.Error(node, text + "expected " + std::string(expected) + ", got " + Describe(node));
}

std::optional<int64_t> ParseDurationUs(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.')) ++digits;
  const std::optional<double> count = ToNumber(text.substr(0, digits));
  const std::string_view unit = text.substr(digits);
  if (!count) return std::nullopt;
  double scale = 0;
  if (unit == "us") scale = 1;
  if (unit == "ms") scale = 1e3;
  if (unit == "s") scale = 1e6;
  if (unit == "m") scale = 60e6;
  if (unit == "h") scale = 3600e6;
  const double us = *count * scale;
  if (scale == 0 || us > static_cast<double>(kMaxDurationUs)) return std::nullopt;
  return static_cast<int64_t>(std::llround(us));
}

Result<double> NumberOf(const Document& document, const Node& node, std::string_view path, NumberRange range) {
  const std::optional<double> value = IsPlain(node) ? ToNumber(node.text) : std::nullopt;
  if (!value || *value < range.min || *value > range.max) return ExpectedError(document, node, path, InWords(range));
  return *value;
}

Result<std::string> StringOf(const Document& document, const Node& node, std::string_view path) {
  if (node.kind != Kind::kScalar) return ExpectedError(document, node, path, "a text");
  return node.text;
}

Result<Fields> Fields::Of(const Document& document, const Node& node, std::string path) {
  if (node.kind != Kind::kMap) return ExpectedError(document, node, path, "a map of fields");
  return Fields(document, node, std::move(path));
}

std::string Fields::PathOf(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

std::string Fields::PlaceOf(std::string_view name) const {
  const Node* node = node_->Find(name);
  return document_->file + ":" + std::to_string((node != nullptr ? node : node_)->line) + ": " + PathOf(name);
}

const Node* Fields::Child(std::string_view name) {
  known_.emplace(name);
  const Node* node = node_->Find(name);
  return node == nullptr || node->kind == Kind::kNull ? nullptr : node;
}

Status Fields::Expected(std::string_view name, std::string_view expected) const {
  const Node* node = node_->Find(name);
  if (node != nullptr && node->line != 0) return ExpectedError(*document_, *node, PathOf(name), expected);
  return document_->Error(*node_, PathOf(name) + ": expected " + std::string(expected) + ", but the field is missing");
}

Result<const Node*> Fields::Required(std::string_view name, std::string_view expected) {
  const Node* node = Child(name);
  if (node == nullptr) return Expected(name, expected);
  return node;
}

Result<std::string> Fields::String(std::string_view name, std::optional<std::string> fallback) {
  const Node* node = Child(name);
  if (node == nullptr && fallback) return *std::move(fallback);
  if (node == nullptr || node->kind != Kind::kScalar) return Expected(name, "a text");
  return node->text;
}

Result<int64_t> Fields::Int(std::string_view name, IntRange range, std::optional<int64_t> fallback) {
  const Node* node = Child(name);
  if (node == nullptr && fallback) return *fallback;
  const std::optional<int64_t> value = node != nullptr && IsPlain(*node) ? ToInt(node->text) : std::nullopt;
  if (!value || *value < range.min || *value > range.max) return Expected(name, InWords(range));
  return *value;
}

Result<double> Fields::Number(std::string_view name, NumberRange range, std::optional<double> fallback) {
  const Node* node = Child(name);
  if (node == nullptr && fallback) return *fallback;
  if (node == nullptr) return Expected(name, InWords(range));
  return NumberOf(*document_, *node, PathOf(name), range);
}

Result<bool> Fields::Bool(std::string_view name, std::optional<bool> fallback) {
  const Node* node = Child(name);
  if (node == nullptr && fallback) return *fallback;
  if (node != nullptr && IsPlain(*node) && node->text == "true") return true;
  if (node != nullptr && IsPlain(*node) && node->text == "false") return false;
  return Expected(name, "true or false");
}

Result<int64_t> Fields::DurationUs(std::string_view name, std::optional<int64_t> fallback) {
  const Node* node = Child(name);
  if (node == nullptr && fallback) return *fallback;
  const std::optional<int64_t> value =
      node != nullptr && node->kind == Kind::kScalar ? ParseDurationUs(node->text) : std::nullopt;
  if (!value) return Expected(name, "a duration such as 500ms, 2s or 1m, at most 30 days");
  return *value;
}

Result<std::string> Fields::Choice(std::string_view name, std::initializer_list<std::string_view> choices,
                                   std::optional<std::string> fallback) {
  const Node* node = Child(name);
  if (node == nullptr && fallback) return *std::move(fallback);
  std::string list;
  for (const std::string_view choice : choices) {
    if (node != nullptr && node->kind == Kind::kScalar && node->text == choice) return std::string(choice);
    list += (list.empty() ? "" : ", ") + std::string(choice);
  }
  return Expected(name, "one of " + list);
}

Status Fields::Done() const {
  for (const auto& [name, node] : node_->fields) {
    if (known_.contains(name)) continue;
    std::string list;
    for (const std::string& known : known_) list += (list.empty() ? "" : ", ") + known;
    const int line = node.line != 0 ? node.line : node_->line;
    Node where;
    where.line = line;
    return document_->Error(where, PathOf(name) + ": unknown field; expected one of " + list);
  }
  return Status::Ok();
}

}  // namespace verge::yaml
