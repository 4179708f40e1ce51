// Reads an expression: recursive descent over the words, types checked on the way up.
#include <algorithm>
#include <optional>

#include "runner/rules/expr.h"

namespace verge::runner::rules {

class Parser {
 public:
  Parser(std::vector<Token> tokens, const Vocabulary& words, Expr& expr, Fault& fault)
      : tokens_(std::move(tokens)), words_(words), expr_(expr), fault_(fault) {}

  bool Run() {
    const int root = Or();
    if (root < 0) return false;
    if (!IsEnd()) return Fail(Peek().offset, "expected 'and', 'or', an operator or the end, got " + Shown(Peek())) >= 0;
    if (TypeOf(root) != Expr::Type::kBool)
      return Fail(0, "expected a condition (true or false), got a " + TypeName(TypeOf(root))) >= 0;
    expr_.root_ = static_cast<int16_t>(root);
    return true;
  }

 private:
  using Op = Expr::Op;
  using Type = Expr::Type;

  struct NameEntry {
    const char* name;
    Op op;
    Type type;
  };
  struct BinaryEntry {
    const char* symbol;
    Op op;
  };

  // Returns -1 so that callers can `return Fail(...)`.
  int Fail(size_t offset, std::string text) {
    if (fault_.text.empty()) fault_ = {offset, std::move(text)};
    return -1;
  }
  const Token& Peek() const { return tokens_[next_]; }
  bool IsEnd() const { return Peek().kind == TokenKind::kEnd; }
  bool Is(TokenKind kind, std::string_view text) const { return Peek().kind == kind && Peek().text == text; }
  bool Take(TokenKind kind, std::string_view text) {
    if (!Is(kind, text)) return false;
    ++next_;
    return true;
  }
  static std::string Shown(const Token& token) {
    return token.kind == TokenKind::kEnd ? "the end" : "\"" + token.text.substr(0, 40) + "\"";
  }
  static std::string TypeName(Type type) {
    switch (type) {
      case Type::kNumber: return "number";
      case Type::kText: return "text";
      case Type::kBool: return "condition";
      case Type::kZone: return "zone";
    }
    return "value";
  }
  Type TypeOf(int node) const { return expr_.nodes_[static_cast<size_t>(node)].type; }

  int Add(Expr::Node node, size_t offset) {
    if (expr_.nodes_.size() >= kMaxNodes)
      return Fail(offset, "the expression has more than " + std::to_string(kMaxNodes) + " parts");
    expr_.nodes_.push_back(std::move(node));
    return static_cast<int>(expr_.nodes_.size() - 1);
  }
  int AddOp(Op op, Type type, int a, int b, size_t offset) {
    Expr::Node node;
    node.op = op;
    node.type = type;
    node.args = {static_cast<int16_t>(a), static_cast<int16_t>(b)};
    return Add(std::move(node), offset);
  }

  // Guards the recursion; every nested construct goes through here.
  class Depth {
   public:
    explicit Depth(int& depth) : depth_(depth) { ++depth_; }
    ~Depth() { --depth_; }
    bool is_too_deep() const { return depth_ > kMaxDepth; }

   private:
    int& depth_;
  };

  // A chain of `word`-separated conditions. It becomes a left-leaning tree, so its length counts as depth too.
  int Chain(std::string_view word, Op op, int (Parser::*operand)()) {
    int left = (this->*operand)();
    int length = 0;
    while (left >= 0 && Is(TokenKind::kName, word)) {
      const size_t offset = Peek().offset;
      ++next_;
      if (++length + depth_ > kMaxDepth)
        return Fail(offset, "more than " + std::to_string(kMaxDepth) + " levels; use fewer parts");
      const int right = (this->*operand)();
      if (right < 0) return -1;
      if (TypeOf(left) != Type::kBool || TypeOf(right) != Type::kBool) {
        return Fail(offset, "'" + std::string(word) + "' joins conditions, got a " + TypeName(TypeOf(left)) +
                                " and a " + TypeName(TypeOf(right)));
      }
      left = AddOp(op, Type::kBool, left, right, offset);
    }
    return left;
  }

  int Or() {
    const Depth depth(depth_);
    if (depth.is_too_deep()) return Fail(Peek().offset, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    return Chain("or", Op::kOr, &Parser::And);
  }
  int And() { return Chain("and", Op::kAnd, &Parser::Not); }

  int Not() {
    const size_t offset = Peek().offset;
    if (!Take(TokenKind::kName, "not")) return Compare();
    const Depth depth(depth_);
    if (depth.is_too_deep()) return Fail(offset, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    const int inner = Not();
    if (inner < 0) return -1;
    if (TypeOf(inner) != Type::kBool) return Fail(offset, "'not' needs a condition, got a " + TypeName(TypeOf(inner)));
    return AddOp(Op::kNot, Type::kBool, inner, -1, offset);
  }

  std::optional<Op> TakeSymbol(std::span<const BinaryEntry> entries) {
    for (const BinaryEntry& entry : entries) {
      if (Take(TokenKind::kSymbol, entry.symbol)) return entry.op;
    }
    return std::nullopt;
  }

  int Compare() {
    static constexpr BinaryEntry kCompare[] = {{"==", Op::kEqual},        {"!=", Op::kNotEqual}, {"<=", Op::kLessEqual},
                                               {">=", Op::kGreaterEqual}, {"<", Op::kLess},      {">", Op::kGreater}};
    const int left = Sum();
    if (left < 0) return -1;
    const size_t offset = Peek().offset;
    const std::optional<Op> op = TakeSymbol(kCompare);
    if (!op) return left;
    const int right = Sum();
    if (right < 0) return -1;
    const Type a = TypeOf(left);
    const Type b = TypeOf(right);
    if (a != b) return Fail(offset, "cannot compare a " + TypeName(a) + " with a " + TypeName(b));
    const bool is_equality = *op == Op::kEqual || *op == Op::kNotEqual;
    if (a == Type::kZone || (a != Type::kNumber && !is_equality)) {
      return Fail(offset, "only numbers can be compared this way, got a " + TypeName(a));
    }
    return AddOp(*op, Type::kBool, left, right, offset);
  }

  int Arithmetic(std::span<const BinaryEntry> entries, int (Parser::*operand)()) {
    int left = (this->*operand)();
    int length = 0;
    while (left >= 0) {
      const size_t offset = Peek().offset;
      const std::optional<Op> op = TakeSymbol(entries);
      if (!op) return left;
      if (++length + depth_ > kMaxDepth)
        return Fail(offset, "more than " + std::to_string(kMaxDepth) + " levels; use fewer parts");
      const int right = (this->*operand)();
      if (right < 0) return -1;
      if (TypeOf(left) != Type::kNumber || TypeOf(right) != Type::kNumber) {
        return Fail(offset,
                    "arithmetic needs numbers, got a " + TypeName(TypeOf(left)) + " and a " + TypeName(TypeOf(right)));
      }
      left = AddOp(*op, Type::kNumber, left, right, offset);
    }
    return left;
  }
  int Sum() {
    static constexpr BinaryEntry kSum[] = {{"+", Op::kAdd}, {"-", Op::kSubtract}};
    return Arithmetic(kSum, &Parser::Term);
  }
  int Term() {
    static constexpr BinaryEntry kTerm[] = {{"*", Op::kMultiply}, {"/", Op::kDivide}};
    return Arithmetic(kTerm, &Parser::Unary);
  }

  int Unary() {
    const size_t offset = Peek().offset;
    if (!Take(TokenKind::kSymbol, "-")) return Primary();
    const Depth depth(depth_);
    if (depth.is_too_deep()) return Fail(offset, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    const int inner = Unary();
    if (inner < 0) return -1;
    if (TypeOf(inner) != Type::kNumber) return Fail(offset, "'-' needs a number, got a " + TypeName(TypeOf(inner)));
    return AddOp(Op::kNegate, Type::kNumber, inner, -1, offset);
  }

  int Primary() {
    const Token token = Peek();
    if (token.kind == TokenKind::kEnd) return Fail(token.offset, "expected a value, got the end");
    ++next_;
    Expr::Node node;
    switch (token.kind) {
      case TokenKind::kNumber:
        node.op = Op::kNumber;
        node.type = Type::kNumber;
        node.number = token.number;
        return Add(std::move(node), token.offset);
      case TokenKind::kText:
        node.op = Op::kText;
        node.type = Type::kText;
        node.text = token.text;
        return Add(std::move(node), token.offset);
      case TokenKind::kName: return Name(token);
      default: break;
    }
    if (token.text != "(") return Fail(token.offset, "expected a value, got " + Shown(token));
    const int inner = Or();
    if (inner >= 0 && !Take(TokenKind::kSymbol, ")")) return Fail(Peek().offset, "expected ')', got " + Shown(Peek()));
    return inner;
  }

  int Name(const Token& token) {
    static constexpr NameEntry kNames[] = {
        {"label", Op::kLabel, Type::kText},   {"score", Op::kScore, Type::kNumber},
        {"track", Op::kTrack, Type::kNumber}, {"x", Op::kX, Type::kNumber},
        {"y", Op::kY, Type::kNumber},         {"w", Op::kW, Type::kNumber},
        {"h", Op::kH, Type::kNumber},         {"area", Op::kArea, Type::kNumber},
        {"age", Op::kAge, Type::kNumber},     {"objects", Op::kObjects, Type::kNumber}};
    if (Is(TokenKind::kSymbol, "(")) return words_.values.empty() ? Call(token) : ValueCall(token);
    if (!words_.values.empty() && token.text != "true" && token.text != "false") return ValueName(token);
    for (const NameEntry& entry : kNames) {
      if (token.text == entry.name) return AddOp(entry.op, entry.type, -1, -1, token.offset);
    }
    if (token.text == "true" || token.text == "false") {
      const int node = AddOp(Op::kBool, Type::kBool, -1, -1, token.offset);
      if (node >= 0) expr_.nodes_.back().number = token.text == "true" ? 1 : 0;
      return node;
    }
    if (token.text.starts_with("zone.")) return ZoneName(token);
    return Fail(token.offset, "unknown name " + Shown(token) +
                                  "; known: label, score, track, x, y, w, h, area, age, objects, zone.<name>, "
                                  "inside(), centre_inside(), count()");
  }

  std::string KnownValues() const {
    std::string known;
    for (const std::string& value : words_.values) known += (known.empty() ? "" : ", ") + value;
    return known;
  }

  // Index of the channel that `token` names; -1 after a complaint.
  int FindValue(const Token& token) {
    for (size_t i = 0; i < words_.values.size(); ++i) {
      if (token.kind == TokenKind::kName && token.text == words_.values[i]) return static_cast<int>(i);
    }
    return Fail(token.offset, "unknown value " + Shown(token) + "; under 'values': " + KnownValues());
  }

  int AddIndexed(Op op, Type type, size_t index, size_t offset) {
    const int node = AddOp(op, type, -1, -1, offset);
    if (node >= 0) expr_.nodes_.back().index = static_cast<uint16_t>(index);
    return node;
  }

  int ValueName(const Token& token) {
    const int channel = FindValue(token);
    return channel < 0 ? -1 : AddIndexed(Op::kValue, Type::kNumber, static_cast<size_t>(channel), token.offset);
  }

  int Absolute(const Token& token) {
    const int inner = Or();
    if (inner < 0) return -1;
    if (TypeOf(inner) != Type::kNumber)
      return Fail(token.offset, "abs() takes a number, got a " + TypeName(TypeOf(inner)));
    if (!Take(TokenKind::kSymbol, ")")) return Fail(Peek().offset, "expected ')', got " + Shown(Peek()));
    return AddOp(Op::kAbs, Type::kNumber, inner, -1, token.offset);
  }

  // name(value) or name(value, 10s)
  int ValueCall(const Token& token) {
    static constexpr struct {
      const char* name;
      Op op;
      Type result;
      bool has_window;
    } kFunctions[] = {{"age", Op::kValueAge, Type::kNumber, false},      {"known", Op::kKnown, Type::kBool, false},
                      {"count", Op::kWindowCount, Type::kNumber, true},  {"mean", Op::kWindowMean, Type::kNumber, true},
                      {"min", Op::kWindowMin, Type::kNumber, true},      {"max", Op::kWindowMax, Type::kNumber, true},
                      {"change", Op::kWindowChange, Type::kNumber, true}};
    ++next_;  // "("
    if (token.text == "abs") return Absolute(token);
    for (const auto& function : kFunctions) {
      if (token.text != function.name) continue;
      const int channel = FindValue(Peek());
      if (channel < 0) return -1;
      ++next_;
      auto index = static_cast<size_t>(channel);
      if (function.has_window && !TakeWindow(token.text, index)) return -1;
      if (!Take(TokenKind::kSymbol, ")"))
        return Fail(Peek().offset, "expected ')' after the arguments of " + token.text + "(), got " + Shown(Peek()));
      return AddIndexed(function.op, function.result, index, token.offset);
    }
    return Fail(token.offset,
                "unknown function " + Shown(token) +
                    "; known: age(value), known(value), count, mean, min, max, change(value, 10s), abs(x)");
  }

  // The rest of `mean(value` up to ")": turns the index of a channel into that of its window.
  bool TakeWindow(const std::string& function, size_t& index) {
    constexpr double kLongestS = 7 * 24 * 3600;
    if (!Take(TokenKind::kSymbol, ","))
      return Fail(Peek().offset, "expected a length of time as in " + function + "(value, 10s)") >= 0;
    const Token length = Peek();
    if (length.kind != TokenKind::kNumber || !(length.number >= 1e-3) || length.number > kLongestS)
      return Fail(length.offset, "expected a length of time from 1ms to 168h, got " + Shown(length)) >= 0;
    ++next_;
    const Window window{index, static_cast<int64_t>(length.number * 1e6 + 0.5)};
    std::vector<Window>& windows = *words_.windows;
    index = static_cast<size_t>(std::find(windows.begin(), windows.end(), window) - windows.begin());
    if (index < windows.size()) return true;
    if (index >= kMaxWindows)
      return Fail(length.offset, "the rules have more than " + std::to_string(kMaxWindows) + " windows") >= 0;
    windows.push_back(window);
    return true;
  }

  int ZoneName(const Token& token) {
    std::string known;
    for (size_t i = 0; i < words_.zones.size(); ++i) {
      if (token.text.substr(5) == words_.zones[i].name) {
        const int node = AddOp(Op::kZone, Type::kZone, -1, -1, token.offset);
        if (node < 0) return -1;
        expr_.nodes_.back().zone = static_cast<int16_t>(i);
        if (expr_.first_zone_ < 0) expr_.first_zone_ = static_cast<int>(i);
        return node;
      }
      known += (known.empty() ? "" : ", ") + words_.zones[i].name;
    }
    return Fail(token.offset, "unknown zone " + Shown(token) + "; under 'zones': " + (known.empty() ? "none" : known));
  }

  int Call(const Token& token) {
    static constexpr struct {
      const char* name;
      Op op;
      Type argument;
      Type result;
    } kFunctions[] = {{"inside", Op::kInside, Type::kZone, Type::kBool},
                      {"centre_inside", Op::kCentreInside, Type::kZone, Type::kBool},
                      {"count", Op::kCount, Type::kText, Type::kNumber}};
    for (const auto& function : kFunctions) {
      if (token.text != function.name) continue;
      ++next_;  // "("
      const size_t offset = Peek().offset;
      const int argument = Or();
      if (argument < 0) return -1;
      if (TypeOf(argument) != function.argument) {
        return Fail(offset,
                    token.text + "() takes a " + TypeName(function.argument) + ", got a " + TypeName(TypeOf(argument)));
      }
      if (!Take(TokenKind::kSymbol, ")"))
        return Fail(Peek().offset, "expected ')' after the argument of " + token.text + "(), got " + Shown(Peek()));
      return AddOp(function.op, function.result, argument, -1, token.offset);
    }
    return Fail(token.offset,
                "unknown function " + Shown(token) + "; known: inside(zone), centre_inside(zone), count(label)");
  }

  std::vector<Token> tokens_;
  const Vocabulary& words_;
  Expr& expr_;
  Fault& fault_;
  size_t next_ = 0;
  int depth_ = 0;
};

Result<Expr> Expr::Parse(std::string_view text, const Vocabulary& words, Fault& fault) {
  fault = {};
  Expr expr;
  if (text.size() > kMaxExprBytes) {
    fault = {0, "the expression is longer than " + std::to_string(kMaxExprBytes) + " bytes"};
  } else {
    std::vector<Token> tokens = Lex(text, fault);
    if (fault.text.empty() && Parser(std::move(tokens), words, expr, fault).Run()) return expr;
  }
  return VERGE_ERROR(kInvalidArgument, fault.text);
}

}  // namespace verge::runner::rules
