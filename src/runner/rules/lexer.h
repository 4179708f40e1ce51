// Words of the rule language. Internal to the parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::runner::rules {

enum class TokenKind { kNumber, kText, kName, kSymbol, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;   // the name, the symbol, or the text without quotes
  double number = 0;  // of kNumber; a duration such as 500ms is a number of seconds
  size_t offset = 0;  // where it starts in the expression
};

// What went wrong in an expression, and where.
struct Fault {
  size_t offset = 0;
  std::string text;
};

// Splits an expression; the last token is kEnd. On failure `fault` is set and the result is empty.
std::vector<Token> Lex(std::string_view text, Fault& fault);

}  // namespace verge::runner::rules
