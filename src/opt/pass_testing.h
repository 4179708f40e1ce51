// What the tests of passes share: a pass as the text of a graph before and after it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "ir/text.h"
#include "ir/verify.h"
#include "opt/pass.h"
#include "opt/testing/agree.h"

namespace verge::opt::testing {

using PassFunction = Result<PassReport> (*)(ir::Graph&);

inline ir::Graph Read(const std::string& text) {
  Result<ir::Graph> graph = ir::Parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().ToString();
  return graph.ok() ? std::move(graph).value() : ir::Graph();
}

// The pass makes `after` of `before` in `changes` places, both compute the same, and a second run finds nothing.
// Tolerance 0: the same bits.
inline void ExpectPass(PassFunction pass, const std::string& before, const std::string& after, size_t changes,
                       float tolerance = 1e-5f) {
  const ir::Graph original = Read(before);
  ir::Graph graph = original;
  const Result<PassReport> report = pass(graph);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_EQ(report->changes, changes);
  EXPECT_EQ(report->notes.empty(), changes == 0) << "what was changed has notes";
  const Status status = ir::Verify(graph);
  ASSERT_TRUE(status.ok()) << status.ToString();
  ir::Graph compact = graph;
  ir::Compact(compact);
  ir::Graph wanted = Read(after);
  ir::Compact(wanted);
  EXPECT_EQ(ir::Print(compact), ir::Print(wanted));
  EXPECT_EQ(Disagreement(original, graph, 11, tolerance), "");
  const Result<PassReport> again = pass(graph);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->changes, 0u) << "a second run found something left";
}

inline void ExpectNoChange(PassFunction pass, const std::string& text) { ExpectPass(pass, text, text, 0); }

}  // namespace verge::opt::testing
