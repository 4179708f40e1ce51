#include "format/yaml/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <sstream>

namespace verge::yaml {
namespace {

// Leaves the library's event callbacks, which cannot return a Status. Never crosses Parse.
struct Stop {
  int line;
  std::string text;
};

// Builds the tree from the parser's events and stops it at the first thing we refuse.
class Builder : public YAML::EventHandler {
 public:
  Builder(const ParseLimits& limits, Node& root) : limits_(limits), root_(root) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (has_document_) Refuse(mark, "expected one document, found a second");
    has_document_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    CheckAnchor(mark, anchor);
    if (ExpectsKey()) Refuse(mark, "expected a name before ':', found nothing");
    Add(mark, Kind::kNull);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "aliases (*name) are not allowed: write the value again");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    CheckAnchor(mark, anchor);
    CheckTag(mark, tag);
    if (value.size() > limits_.scalar_bytes)
      Refuse(mark, "a value is longer than " + std::to_string(limits_.scalar_bytes) + " bytes");
    if (ExpectsKey()) {
      if (open_.back()->Find(value) != nullptr) Refuse(mark, "the field '" + value + "' is given twice");
      CountNode(mark);
      open_.back()->fields.emplace_back(value, Node{});
      is_key_set_.back() = true;
      return;
    }
    Node& node = Add(mark, Kind::kScalar);
    node.text = value;
    node.is_quoted = tag == "!";
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, Kind::kList);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

 private:
  [[noreturn]] static void Refuse(const YAML::Mark& mark, std::string text) {
    throw Stop{mark.line + 1, std::move(text)};
  }
  static void CheckAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) Refuse(mark, "anchors (&name) are not allowed: write the value where it is used");
  }
  static void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") Refuse(mark, "tags (" + tag + ") are not allowed");
  }
  bool ExpectsKey() const { return !open_.empty() && open_.back()->kind == Kind::kMap && !is_key_set_.back(); }
  void CountNode(const YAML::Mark& mark) {
    if (++nodes_ > limits_.nodes) Refuse(mark, "more than " + std::to_string(limits_.nodes) + " values in one file");
  }
  Node& Add(const YAML::Mark& mark, Kind kind) {
    CountNode(mark);
    Node* node = &root_;
    if (!open_.empty() && open_.back()->kind == Kind::kList) {
      node = &open_.back()->items.emplace_back();
    } else if (!open_.empty()) {
      node = &open_.back()->fields.back().second;
      is_key_set_.back() = false;
    }
    node->kind = kind;
    node->line = mark.line + 1;
    node->column = mark.column + 1;
    return *node;
  }
  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind) {
    CheckAnchor(mark, anchor);
    CheckTag(mark, tag);
    if (ExpectsKey()) Refuse(mark, "expected a name before ':', found a list or a map");
    if (open_.size() >= static_cast<size_t>(limits_.depth))
      Refuse(mark, "nested deeper than " + std::to_string(limits_.depth) + " levels");
    // A child vector does not grow while one of its elements is open, so the pointers stay valid.
    open_.push_back(&Add(mark, kind));
    is_key_set_.push_back(false);
  }
  void Close() {
    open_.pop_back();
    is_key_set_.pop_back();
  }

  const ParseLimits& limits_;
  Node& root_;
  std::vector<Node*> open_;
  std::vector<bool> is_key_set_;
  size_t nodes_ = 0;
  bool has_document_ = false;
};

Status ErrorAt(std::string_view file, int line, std::string_view text) {
  return VERGE_ERROR(kInvalidArgument, std::string(file) + ":" + std::to_string(line) + ": " + std::string(text));
}

Status ParseInto(std::string_view text, const ParseLimits& limits, Document& document) {
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(limits, document.root);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop& stop) {
    return ErrorAt(document.file, stop.line, stop.text);
  } catch (const YAML::Exception& error) {
    return ErrorAt(document.file, error.mark.line + 1, "not valid YAML: " + error.msg);
  } catch (const std::exception& error) {
    return ErrorAt(document.file, 1, std::string("not valid YAML: ") + error.what());
  }
  return Status::Ok();
}

Result<std::string> Substitute(const std::string& text, const Params& params) {
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    if (text.compare(at, 3, "$${") == 0) {
      out += "${";
      at += 3;
    } else if (text.compare(at, 2, "${") == 0) {
      const size_t end = text.find('}', at);
      if (end == std::string::npos) return VERGE_ERROR(kInvalidArgument, "expected '}' after '${'");
      const std::string name = text.substr(at + 2, end - at - 2);
      const auto found = params.find(name);
      if (found == params.end()) {
        return VERGE_ERROR(kInvalidArgument, "no parameter '" + name + "': declare it under params in app.yaml");
      }
      out += found->second;
      at = end + 1;
    } else {
      out += text[at++];
    }
  }
  return out;
}

Status SubstituteAll(const Document& document, Node& node, const Params& params) {
  if (node.kind == Kind::kScalar && node.text.find("${") != std::string::npos) {
    Result<std::string> text = Substitute(node.text, params);
    if (!text.ok()) return document.Error(node, text.status().message());
    node.text = std::move(*text);
  }
  for (Node& item : node.items) VERGE_TRY(SubstituteAll(document, item, params));
  for (auto& [name, field] : node.fields) VERGE_TRY(SubstituteAll(document, field, params));
  return Status::Ok();
}

}  // namespace

Node::Node() = default;
Node::~Node() = default;
Node::Node(const Node& other) = default;
Node::Node(Node&& other) noexcept = default;
Node& Node::operator=(const Node& other) = default;
Node& Node::operator=(Node&& other) noexcept = default;

const Node* Node::Find(std::string_view name) const {
  for (const auto& [key, node] : fields) {
    if (key == name) return &node;
  }
  return nullptr;
}

Status Document::Error(const Node& where, std::string_view text) const { return ErrorAt(file, where.line, text); }

Result<Document> Parse(std::string_view file, std::string_view text, const Params* params, const ParseLimits& limits) {
  Document document;
  document.file = file;
  document.root.line = 1;
  if (text.size() > limits.bytes) {
    return ErrorAt(file, 1,
                   "the file has " + std::to_string(text.size()) + " bytes, at most " + std::to_string(limits.bytes) +
                       " are allowed");
  }
  VERGE_TRY(ParseInto(text, limits, document));
  if (params != nullptr) VERGE_TRY(SubstituteAll(document, document.root, *params));
  return document;
}

std::string Describe(const Node& node) {
  switch (node.kind) {
    case Kind::kNull: return "nothing";
    case Kind::kList: return "a list";
    case Kind::kMap: return "a map";
    case Kind::kScalar: break;
  }
  constexpr size_t kShown = 60;
  return "\"" + node.text.substr(0, kShown) + (node.text.size() > kShown ? "...\"" : "\"");
}

}  // namespace verge::yaml
