// Where a model's time goes, node by node, against what the machine can do; as data and as a page.
//
// Bytes     each operand of a node once and in whole, read or written: inputs, weights as the file's types have them,
// outputs.
//           A node whose operands come from a cache can be above 100 % of the copy bandwidth, one that picks from a
//           large input as well.
// Peak      of 8 bits for a node that multiplies and whose first input is i8 or u8, else of f32.
// Memory    texts are the report's own: it may outlive the session.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profile/machine.h"
#include "runtime/session.h"

namespace verge::profile {

struct Node {
  std::string name;
  std::string op;
  std::string kernel;
  std::string output;  // shape of output 0
  double ms = 0;       // mean of the profiled runs
  uint64_t macs = 0;
  uint64_t bytes = 0;
  bool is_int8 = false;
  bool is_in_place = false;
};

struct Report {
  std::string model;
  int threads = 1;
  uint64_t runs = 0;
  Machine machine;
  std::vector<Node> nodes;  // in the order of the graph
};

// What a session that was profiled (Session::EnableProfile, then runs) found. Subgraphs count as their control-flow
// node.
Report Describe(const runtime::Session& session, const Machine& machine);

double TotalMs(const Report& report);
double GmacsPerSecond(const Node& node);
double GbytesPerSecond(const Node& node);
// 0 where the machine's figure is missing, or the node took no time that the clock saw.
double PercentOfPeak(const Node& node, const Machine& machine);
double PercentOfBandwidth(const Node& node, const Machine& machine);

// A self-contained page: roofline, time by operator and node, table. Loads nothing, runs no script; light and dark.
std::string Html(const Report& report);

}  // namespace verge::profile
