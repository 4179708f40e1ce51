#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "backend/partition/session.h"
#include "backend/verge_session.h"
#include "ir/evaluate.h"
#include "ir/text.h"
#include "ir/verify.h"

namespace verge::backend {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Two ways from p to r: over q, and directly. With q in a part of its own, p and r cannot be in one.
constexpr const char* kDiamond = R"(
input x: f32[1, 4]
const k: f32[1, 4] = [1, 2, 3, 4]
p = add(x, k)
q = mul(p, k)
r = add(p, q)
s = mul(x, x)
output r
output s
output q
)";

ir::Graph Read(const char* text) {
  Result<ir::Graph> graph = ir::Parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().ToString();
  return graph.ok() ? std::move(graph).value() : ir::Graph();
}

// "named: q" for each part.
std::vector<std::string> PartsOf(const ir::Graph& graph, const char* expression) {
  const auto is_named = NamedNodes(graph, expression);
  EXPECT_TRUE(is_named.ok()) << is_named.status().ToString();
  std::vector<std::string> out;
  for (const Part& part : Split(graph, *is_named)) {
    const Status status = ir::Verify(part.graph);
    EXPECT_TRUE(status.ok()) << status.ToString();
    std::string text = part.is_named ? "named:" : "others:";
    for (const ir::Node& node : part.graph.nodes) text += " " + part.graph.value(node.outputs[0]).name;
    out.push_back(text);
  }
  return out;
}

TEST(Split, PartsNeverWaitForThemselves) {
  const ir::Graph graph = Read(kDiamond);
  EXPECT_THAT(PartsOf(graph, "^q$"), ElementsAre("others: p s", "named: q", "others: r"));
  EXPECT_THAT(PartsOf(graph, "^[pr]$"), ElementsAre("others: s", "named: p", "others: q", "named: r"));
  EXPECT_THAT(PartsOf(graph, "."), ElementsAre("named: p q r s"));
}

TEST(Split, ExpressionsThatNameNothingAreMistakes) {
  const ir::Graph graph = Read(kDiamond);
  EXPECT_EQ(NamedNodes(graph, "conv").code(), StatusCode::kNotFound);
  EXPECT_THAT(std::string(NamedNodes(graph, "conv").status().message()), HasSubstr("p, q, r"));
  EXPECT_EQ(NamedNodes(graph, "(").code(), StatusCode::kInvalidArgument);
}

TEST(PartitionedSession, ComputesWhatTheWholeGraphDoes) {
  const ir::Graph graph = Read(kDiamond);
  int named_parts = 0;
  const auto open = [](const ir::Graph& part, bool use_reference) -> Result<std::unique_ptr<EngineSession>> {
    VERGE_TRY_ASSIGN(OpenedModel opened, LoadGraph(part, {.force_reference = use_reference}));
    VERGE_TRY_ASSIGN(std::unique_ptr<VergeSession> session, VergeSession::Create(std::move(opened)));
    return std::unique_ptr<EngineSession>(std::move(session));
  };
  for (const char* expression : {"q", "[pr]", "s", "."}) {
    const auto session = OpenPartitioned(
        graph, *NamedNodes(graph, expression),
        [&](const ir::Graph& part) {
          ++named_parts;
          return open(part, true);
        },
        [&](const ir::Graph& part) { return open(part, false); });
    ASSERT_TRUE(session.ok()) << session.status().ToString();
    for (int run = 0; run < 2; ++run) {
      const float x[] = {0.5F, -1, 2, static_cast<float>(run)};
      std::memcpy((*session)->inputs()[0].tensor.data, x, sizeof x);
      const Status status = (*session)->Run();
      ASSERT_TRUE(status.ok()) << status.ToString();
      const auto want = ir::Evaluate(graph, std::vector<ir::BufferPtr>{ir::Buffer::CopyOf(x, sizeof x)});
      ASSERT_TRUE(want.ok());
      ASSERT_EQ((*session)->outputs().size(), 3u);
      for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(std::memcmp((*session)->outputs()[i].tensor.data, (*want)[i]->data(), sizeof x), 0)
            << expression << " output " << i;
      }
    }
  }
  EXPECT_EQ(named_parts, 5) << "[pr] makes two";
}

}  // namespace
}  // namespace verge::backend
