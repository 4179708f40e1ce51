// Typed access to the fields of one YAML map. Every complaint reads `file:line: path.field: expected X, got Y`.
//
//   VERGE_TRY_ASSIGN(yaml::Fields f, yaml::Fields::Of(document, node, "health.latency"));
//   VERGE_TRY_ASSIGN(out.p95_ms, f.Number("p95_ms", {.min = 0.001, .max = 1e6}));
//   VERGE_TRY(f.Done());   // a field that nobody asked for is an error
//
// Without a fallback a field is required. Borrows document and node, which outlive it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/status.h"
#include "format/yaml/yaml.h"

namespace verge::yaml {

struct IntRange {
  int64_t min = std::numeric_limits<int64_t>::min();
  int64_t max = std::numeric_limits<int64_t>::max();
};

struct NumberRange {
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
};

class Fields {
 public:
  // `path` is how messages name the map; empty for the top of a file. kInvalidArgument when it is no map.
  static Result<Fields> Of(const Document& document, const Node& node, std::string path);

  Result<std::string> String(std::string_view name, std::optional<std::string> fallback = std::nullopt);
  Result<int64_t> Int(std::string_view name, IntRange range, std::optional<int64_t> fallback = std::nullopt);
  Result<double> Number(std::string_view name, NumberRange range, std::optional<double> fallback = std::nullopt);
  Result<bool> Bool(std::string_view name, std::optional<bool> fallback = std::nullopt);
  // "250us", "500ms", "1.5s", "2m", "1h": microseconds, at most 30 days.
  Result<int64_t> DurationUs(std::string_view name, std::optional<int64_t> fallback = std::nullopt);
  // One of `choices`.
  Result<std::string> Choice(std::string_view name, std::initializer_list<std::string_view> choices,
                             std::optional<std::string> fallback = std::nullopt);
  // The node of a field, whatever its kind; null when it is absent or empty.
  const Node* Child(std::string_view name);
  // The same for a field that must be there.
  Result<const Node*> Required(std::string_view name, std::string_view expected);

  // kInvalidArgument names the first field that was never asked for and lists the known ones.
  Status Done() const;

  // `file:line: path.name: expected X, got Y`, for checks of the caller.
  Status Expected(std::string_view name, std::string_view expected) const;
  std::string PathOf(std::string_view name) const;
  // "file:line: path.name", to put before an error that came from elsewhere.
  std::string PlaceOf(std::string_view name) const;
  const Document& document() const { return *document_; }
  const Node& node() const { return *node_; }

 private:
  Fields(const Document& document, const Node& node, std::string path)
      : document_(&document), node_(&node), path_(std::move(path)) {}

  const Document* document_;
  const Node* node_;
  std::string path_;
  std::set<std::string, std::less<>> known_;
};

// The same conversions for a bare scalar (an item of a list); `path` names it in messages.
Result<double> NumberOf(const Document& document, const Node& node, std::string_view path, NumberRange range);
Result<std::string> StringOf(const Document& document, const Node& node, std::string_view path);

// `file:line: path: expected X, got Y`
Status ExpectedError(const Document& document, const Node& node, std::string_view path, std::string_view expected);

// "500ms" -> 500000; empty when it is no duration. Also used by the rule language.
std::optional<int64_t> ParseDurationUs(std::string_view text);

}  // namespace verge::yaml
