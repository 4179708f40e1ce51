// YAML as the project accepts it: a small tree of scalars, lists and maps that knows where each node was written.
//
// Refused     anchors, aliases, tags, several documents, duplicate or non-scalar keys: nothing here needs them, and
// aliases
//             are how a small file becomes a large one.
// Limits      ParseLimits; checked while reading, so a hostile file costs no more than the limits say.
// Parameters  `${name}` inside a scalar value is replaced by the parameter's value after parsing, so a value can never
// add
//             structure. `$${` stands for a literal `${`.
// Errors      kInvalidArgument, "file:line: what". Library exceptions stop here.
// Threads     plain values.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace verge::yaml {

struct ParseLimits {
  size_t bytes = size_t{1} << 20;
  size_t nodes = 20000;
  int depth = 16;
  size_t scalar_bytes = 64 * 1024;
};

enum class Kind { kNull, kScalar, kList, kMap };

struct Node {
  // Out of line: a vector of pairs that hold the type itself must not be instantiated before the type is complete
  // (clang insists on it).
  Node();
  ~Node();
  Node(const Node& other);
  Node(Node&& other) noexcept;
  Node& operator=(const Node& other);
  Node& operator=(Node&& other) noexcept;

  Kind kind = Kind::kNull;
  int line = 0;                                      // 1-based
  int column = 0;                                    // 1-based
  bool is_quoted = false;                            // a quoted scalar is never a number or a bool
  std::string text;                                  // of a scalar
  std::vector<Node> items;                           // of a list
  std::vector<std::pair<std::string, Node>> fields;  // of a map, in file order

  const Node* Find(std::string_view name) const;
};

using Params = std::map<std::string, std::string, std::less<>>;

struct Document {
  std::string file;  // for messages
  Node root;         // kNull for an empty file

  // "file:line: text" as a Status.
  Status Error(const Node& where, std::string_view text) const;
};

// `file` is only used in messages. `params` may be null: then `${` is an ordinary part of a value.
Result<Document> Parse(std::string_view file, std::string_view text, const Params* params = nullptr,
                       const ParseLimits& limits = {});

// "a map", "\"fast\"", "nothing": what was found, for messages.
std::string Describe(const Node& node);

}  // namespace verge::yaml
