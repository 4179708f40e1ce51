#include "runner/rules/lexer.h"

#include <charconv>
#include <cmath>

#include "format/yaml/fields.h"

namespace verge::runner::rules {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// A number, or a number with a unit of time directly behind it.
size_t LexNumber(std::string_view text, size_t at, Token& token, Fault& fault) {
  const char* end_of_text = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + at, end_of_text, token.number);
  size_t stop = static_cast<size_t>(end - text.data());
  token.kind = TokenKind::kNumber;
  size_t unit = stop;
  while (unit < text.size() && (IsLetter(text[unit]) || IsDigit(text[unit]))) ++unit;
  if (error != std::errc() || !std::isfinite(token.number)) {
    fault = {at, "expected a number"};
  } else if (unit > stop) {
    const auto us = yaml::ParseDurationUs(text.substr(at, unit - at));
    if (us) token.number = static_cast<double>(*us) * 1e-6;
    if (!us)
      fault = {stop, "expected a unit us, ms, s, m or h after the number, got \"" +
                         std::string(text.substr(stop, unit - stop)) + "\""};
    stop = unit;
  }
  token.text = text.substr(at, stop - at);
  return stop;
}

size_t LexText(std::string_view text, size_t at, Token& token, Fault& fault) {
  const size_t end = text.find(text[at], at + 1);
  if (end == std::string_view::npos) {
    fault = {at, "expected a closing quote"};
    return text.size();
  }
  token.kind = TokenKind::kText;
  token.text = text.substr(at + 1, end - at - 1);
  return end + 1;
}

// Letters, digits, and '-' or '.' inside: `zone.walk-way` is one name. A minus needs spaces around it.
size_t LexName(std::string_view text, size_t at, Token& token) {
  size_t end = at;
  while (end < text.size() && (IsLetter(text[end]) || IsDigit(text[end]) || text[end] == '.' || text[end] == '-'))
    ++end;
  token.kind = TokenKind::kName;
  token.text = text.substr(at, end - at);
  return end;
}

size_t LexSymbol(std::string_view text, size_t at, Token& token, Fault& fault) {
  token.kind = TokenKind::kSymbol;
  for (const std::string_view two : {"==", "!=", "<=", ">="}) {
    if (text.substr(at, 2) == two) {
      token.text = two;
      return at + 2;
    }
  }
  token.text = text.substr(at, 1);
  if (std::string_view("<>+-*/(),").find(text[at]) == std::string_view::npos) {
    const bool is_ascii = text[at] > 32 && text[at] < 127;
    fault = {at, text[at] == '=' ? "expected '==' to compare"
                                 : "unexpected character" + (is_ascii ? " '" + token.text + "'" : "")};
  }
  return at + 1;
}

}  // namespace

std::vector<Token> Lex(std::string_view text, Fault& fault) {
  std::vector<Token> tokens;
  size_t at = 0;
  while (true) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t')) ++at;
    Token token;
    token.offset = at;
    if (at == text.size()) {
      tokens.push_back(token);
      return tokens;
    }
    if (IsDigit(text[at])) {
      at = LexNumber(text, at, token, fault);
    } else if (text[at] == '"' || text[at] == '\'') {
      at = LexText(text, at, token, fault);
    } else if (IsLetter(text[at])) {
      at = LexName(text, at, token);
    } else {
      at = LexSymbol(text, at, token, fault);
    }
    if (!fault.text.empty()) return {};
    tokens.push_back(std::move(token));
  }
}

}  // namespace verge::runner::rules
