// A JSON object inside a message whose fields are not this program's business: kept as checked, compact text.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace verge::proto {

class JsonText {
 public:
  JsonText() = default;  // {}
  // kInvalidArgument when it is no JSON object, or too deep.
  static Result<JsonText> Parse(std::string_view text);

  // Compact, keys sorted.
  const std::string& text() const { return text_; }

  friend bool operator==(const JsonText&, const JsonText&) = default;

 private:
  friend class JsonReader;
  explicit JsonText(std::string text) : text_(std::move(text)) {}

  std::string text_ = "{}";
};

}  // namespace verge::proto
