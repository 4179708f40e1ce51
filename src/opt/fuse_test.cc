// Passes that make one node of a formula.
#include "opt/pass_testing.h"

namespace verge::opt {
namespace {

using testing::ExpectNoChange;
using testing::ExpectPass;
using testing::PassFunction;
using testing::Read;

// The pass leaves one node, `line`, of whatever way the formula is written.
void ExpectOneNode(PassFunction pass, const std::string& text, const std::string& line) {
  const ir::Graph before = Read(text);
  ir::Graph graph = before;
  const Result<PassReport> report = pass(graph);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  ASSERT_TRUE(ir::Verify(graph).ok());
  ir::Compact(graph);
  ASSERT_EQ(graph.nodes.size(), 1u) << ir::Print(graph);
  EXPECT_NE(ir::Print(graph).find(line), std::string::npos) << ir::Print(graph);
  EXPECT_EQ(testing::Disagreement(before, graph, 5, 1e-5f), "");
}

TEST(FuseActivation, MovesReluIntoConvolutionAndSum) {
  const std::string head = "input x: f32[1, 4, 4, 2]\nconst w: f32[2, 1, 1, 2] = [1, -1, 0.5, 2]\n";
  ExpectPass(FuseActivation, head + "c = conv2d(x, w)\nr = relu6(c)\ns = add(r, x)\ny = relu(s)\noutput y\n",
             head +
                 "r = conv2d(x, w) {activation=relu6} \"c\"\n"
                 "y = add(r, x) {activation=relu} \"s\"\n"
                 "output y\n",
             2, 0);
  ExpectPass(FuseActivation, "input x: f32[2]\ns = add(x, x)\ny = unary(s) {kind=relu_n1_to_1}\noutput y\n",
             "input x: f32[2]\ny = add(x, x) {activation=relu_n1_to_1} \"s\"\noutput y\n", 1, 0);
}

TEST(FuseActivation, LeavesWhatOthersReadOrWhatIsClampedAlready) {
  ExpectNoChange(FuseActivation, "input x: f32[2]\ns = add(x, x)\ny = relu(s)\nz = logistic(s)\noutput y\noutput z\n");
  ExpectNoChange(FuseActivation, "input x: f32[2]\ns = add(x, x)\ny = relu(s)\noutput y\noutput s\n");
  ExpectNoChange(FuseActivation, "input x: f32[2]\ns = add(x, x) {activation=relu6}\ny = relu(s)\noutput y\n");
  ExpectNoChange(FuseActivation, "input x: f32[2]\ns = logistic(x)\ny = relu(s)\noutput y\n");
}

// Cells have functions of their own under that name, of which `none` has the number of no clamp.
TEST(FuseActivation, LeavesTheFunctionsOfCellsAlone) {
  ExpectNoChange(FuseActivation,
                 "input x: f32[1, 2]\nconst f: f32[2, 2] = [1, 2, 3, 4]\nconst t: f32[2, 3] = fill(0.5)\n"
                 "input s: f32[1, 6]\n"
                 "y, n = svdf(x, f, t, _, s) {rank=1, activation=none}\nz = relu(y)\noutput z\noutput n\n");
}

TEST(FuseSwish, Silu) {
  for (const char* product : {"mul(x, g)", "mul(g, x)"}) {
    ExpectOneNode(FuseSwish, std::string("input x: f32[2, 3]\ng = logistic(x)\ny = ") + product + "\noutput y\n",
                  "y: f32[2, 3] = unary(x) {kind=silu}\n");
  }
}

TEST(FuseSwish, LeavesOtherGatesAlone) {
  ExpectNoChange(FuseSwish, "input x: f32[2]\ninput z: f32[2]\ng = logistic(z)\ny = mul(x, g)\noutput y\n");
  ExpectNoChange(FuseSwish, "input x: f32[2]\ng = logistic(x)\ny = mul(x, g)\noutput y\noutput g\n");
  ExpectNoChange(FuseSwish, "input x: f32[2]\ng = logistic(x)\ny = mul(x, g) {activation=relu}\noutput y\n");
  ExpectNoChange(FuseSwish,
                 "input x: f32[2]\nconst c: f32[1] = [2]\ns = mul(x, c)\ng = logistic(s)\ny = mul(x, g)\n"
                 "output y\n");
  // The gate decides the shape.
  ExpectNoChange(FuseSwish,
                 "input x: f32[2, 1]\ninput z: f32[1, 2]\ns = add(x, z)\ng = logistic(x)\ny = mul(g, s)\n"
                 "output y\n");
}

TEST(FuseSwish, HardSwish) {
  const std::string head =
      "input x: f32[2, 3]\nconst three: f32[1] = [3]\nconst six: f32[1] = [6]\n"
      "const zero: f32[1] = [0]\nconst sixth: f32[1] = [0.16666667]\n";
  const std::string result = "y: f32[2, 3] = unary(x) {kind=hard_swish}\n";
  const auto written = [&](const std::string& lines) { ExpectOneNode(FuseSwish, head + lines + "output y\n", result); };
  written("a = add(x, three)\ng = relu6(a)\nm = mul(x, g)\ny = mul(m, sixth)\n");
  written("g = add(three, x) {activation=relu6}\nm = mul(g, sixth)\ny = mul(m, x)\n");
  written(
      "a = add(x, three)\nb = binary(a, zero) {kind=max}\ng = binary(b, six) {kind=min}\n"
      "d = binary(g, six) {kind=div}\ny = mul(x, d)\n");
  written("g = unary(x) {kind=hard_sigmoid, alpha=0.16666667, beta=0.5}\ny = mul(g, x)\n");
}

TEST(FuseSwish, HardSigmoid) {
  ExpectOneNode(FuseSwish,
                "input x: f32[2]\nconst three: f32[1] = [3]\nconst sixth: f32[1] = [0.16666667]\n"
                "a = add(x, three)\ng = relu6(a)\ny = mul(g, sixth)\noutput y\n",
                "= unary(x) {kind=hard_sigmoid, alpha=0.16666667, beta=0.5}");
  ExpectOneNode(FuseSwish,
                "input x: f32[2]\nconst a: f32[1] = [0.25]\nconst b: f32[1] = [0.5]\nconst lo: f32[1] = [0]\n"
                "const hi: f32[1] = [1]\nm = mul(x, a)\ns = add(m, b)\nl = binary(s, lo) {kind=max}\n"
                "y = binary(l, hi) {kind=min}\noutput y\n",
                "= unary(x) {kind=hard_sigmoid, alpha=0.25, beta=0.5}");
  // A ramp without an end, turned upside down.
  ExpectNoChange(FuseSwish,
                 "input x: f32[2]\nconst one: f32[1] = [1]\nconst minus: f32[1] = [-1]\na = add(x, one)\n"
                 "g = relu(a)\ny = mul(g, minus)\noutput y\n");
  // A ramp to 6 that nobody divides.
  ExpectNoChange(FuseSwish, "input x: f32[2]\nconst three: f32[1] = [3]\na = add(x, three)\ny = relu6(a)\noutput y\n");
}

TEST(FuseSwish, Mish) {
  ExpectOneNode(FuseSwish,
                "input x: f32[2]\ns = unary(x) {kind=softplus}\nt = unary(s) {kind=tanh}\ny = mul(x, t)\noutput y\n",
                "= unary(x) {kind=mish}");
}

TEST(FuseSwish, Prelu) {
  const std::string head =
      "input x: f32[2, 2]\nconst a: f32[2] = [0.25, -0.5]\nconst one: f32[1] = [-1]\n"
      "p = relu(x)\nn = mul(x, one)\nq = relu(n)\nm = mul(a, q)\n";
  ExpectPass(FuseSwish, head + "y = sub(p, m)\noutput y\n",
             "input x: f32[2, 2]\nconst a: f32[2] = [0.25, -0.5]\ny = binary(x, a) {kind=prelu}\noutput y\n", 1);
  ExpectPass(
      FuseSwish, head + "y = add(m, p)\noutput y\n",
      "input x: f32[2, 2]\nconst a.slope: f32[2] = [-0.25, 0.5]\ny = binary(x, a.slope) {kind=prelu}\noutput y\n", 1);
  ExpectNoChange(FuseSwish, head + "y = sub(m, p)\noutput y\n");
}

TEST(FuseGelu, ByErfInSeveralOrders) {
  const std::string head =
      "input x: f32[2, 3]\nconst half: f32[1] = [0.5]\nconst one: f32[1] = [1]\n"
      "const root: f32[1] = [1.4142135]\nconst inverse: f32[1] = [0.70710677]\n";
  const std::string result = "y: f32[2, 3] = unary(x) {kind=gelu}\n";
  const auto written = [&](const std::string& lines) { ExpectOneNode(FuseGelu, head + lines + "output y\n", result); };
  written(
      "d = binary(x, root) {kind=div}\ne = unary(d) {kind=erf}\ns = add(e, one)\nm = mul(x, s)\ny = mul(m, half)\n");
  written("d = mul(inverse, x)\ne = unary(d) {kind=erf}\ns = add(one, e)\nh = mul(s, half)\ny = mul(x, h)\n");
  written("d = mul(x, inverse)\ne = unary(d) {kind=erf}\ns = add(e, one)\nh = mul(half, x)\ny = mul(h, s)\n");
}

TEST(FuseGelu, ByTanh) {
  const std::string head =
      "input x: f32[2, 3]\nconst half: f32[1] = [0.5]\nconst one: f32[1] = [1]\n"
      "const cubic: f32[1] = [0.044715]\nconst root: f32[1] = [0.7978846]\nconst three: f32[1] = [3]\n";
  const std::string result = "y: f32[2, 3] = unary(x) {kind=gelu_tanh}\n";
  const auto written = [&](const std::string& lines) {
    ExpectOneNode(
        FuseGelu,
        head + lines + "t = unary(r) {kind=tanh}\ns = add(t, one)\nh = mul(x, half)\ny = mul(h, s)\noutput y\n",
        result);
  };
  written("q = mul(x, x)\nc = mul(q, x)\nk = mul(c, cubic)\na = add(x, k)\nr = mul(a, root)\n");
  written("c = binary(x, three) {kind=pow}\nk = mul(cubic, c)\na = add(k, x)\nr = mul(root, a)\n");
  written("q = mul(x, x)\nk = mul(q, cubic)\na = add(one, k)\nm = mul(x, a)\nr = mul(m, root)\n");
}

TEST(FuseGelu, LeavesOtherConstantsAlone) {
  ExpectNoChange(FuseGelu,
                 "input x: f32[2]\nconst half: f32[1] = [0.5]\nconst one: f32[1] = [1]\n"
                 "const root: f32[1] = [0.75]\nd = mul(x, root)\ne = unary(d) {kind=erf}\ns = add(e, one)\n"
                 "m = mul(x, s)\ny = mul(m, half)\noutput y\n");
}

constexpr const char* kNormHead =
    "input x: f32[2, 4]\nconst s: f32[4] = [1, 2, 3, 4]\nconst o: f32[4] = [0.5, 0, -1, 2]\nconst e: f32[1] = [0.125]\n"
    "const two: f32[1] = [2]\nm = reduce(x) {kind=mean, axes=[-1]}\n";
constexpr const char* kNormed = "y: f32[2, 4] = layer_norm(x, y.scale, y.offset) {epsilon=0.125}\n";

TEST(FuseLayerNorm, WithTheRootAsDivisor) {
  ExpectOneNode(
      FuseLayerNorm,
      std::string(kNormHead) +
          "c = sub(x, m)\nq = binary(c, two) {kind=pow}\nv = reduce(q) {kind=mean, axes=[1]}\n"
          "a = add(v, e)\nr = unary(a) {kind=sqrt}\nn = binary(c, r) {kind=div}\nk = mul(n, s)\ny = add(k, o)\n"
          "output y\n",
      "y: f32[2, 4] = layer_norm(x, k.scale, y.offset) {epsilon=0.125}\n");
}

TEST(FuseLayerNorm, WithTheScaleInTheFactor) {
  ExpectOneNode(
      FuseLayerNorm,
      std::string(kNormHead) +
          "c = sub(x, m)\nq = mul(c, c)\nv = reduce(q) {kind=mean, axes=[-1]}\na = add(v, e)\n"
          "r = unary(a) {kind=sqrt}\ni = unary(r) {kind=reciprocal}\nf = mul(i, s)\ng = mul(x, f)\nh = mul(m, f)\n"
          "d = sub(o, h)\ny = add(g, d)\noutput y\n",
      kNormed);
}

TEST(FuseLayerNorm, WithoutScaleAndOffset) {
  ExpectOneNode(
      FuseLayerNorm,
      "input x: f32[2, 4]\nm = reduce(x) {kind=mean, axes=[-1]}\nc = sub(x, m)\nq = mul(c, c)\n"
      "v = reduce(q) {kind=mean, axes=[-1]}\nconst e: f32[1] = [0.125]\na = add(v, e)\nr = unary(a) {kind=sqrt}\n"
      "y = binary(c, r) {kind=div}\noutput y\n",
      "y: f32[2, 4] = layer_norm(x) {epsilon=0.125}\n");
}

TEST(FuseLayerNorm, LeavesOtherDimensionsAlone) {
  ExpectNoChange(
      FuseLayerNorm,
      "input x: f32[2, 4]\nm = reduce(x) {kind=mean, axes=[0]}\nc = sub(x, m)\nq = mul(c, c)\n"
      "v = reduce(q) {kind=mean, axes=[0]}\nr = unary(v) {kind=sqrt}\ny = binary(c, r) {kind=div}\noutput y\n");
}

TEST(FuseAttention, WithScalesAndMask) {
  ExpectPass(FuseAttention,
             "input q: f32[2, 3, 5, 4]\ninput k: f32[2, 3, 4, 6]\ninput v: f32[2, 3, 6, 7]\ninput m: f32[2, 1, 1, 6]\n"
             "const half: f32[1] = [0.5]\nqs = mul(q, half)\nks = mul(k, half)\ns = matmul(qs, ks)\nt = add(s, m)\n"
             "p = softmax(t) {axis=3}\ny = matmul(p, v)\noutput y\n",
             "input q: f32[2, 3, 5, 4]\ninput k: f32[2, 3, 4, 6]\ninput v: f32[2, 3, 6, 7]\ninput m: f32[2, 1, 1, 6]\n"
             "y: f32[2, 3, 5, 7] = attention(q, k, v, m) {scale=0.25, transposed_k=true}\noutput y\n",
             1);
}

TEST(FuseAttention, WithTheScaleAsDivisor) {
  ExpectPass(FuseAttention,
             "input q: f32[5, 4]\ninput k: f32[6, 4]\ninput v: f32[6, 7]\nconst two: f32[1] = [2]\n"
             "s = matmul(q, k) {transpose_b=true}\nt = binary(s, two) {kind=div}\np = softmax(t)\ny = matmul(p, v)\n"
             "output y\n",
             "input q: f32[5, 4]\ninput k: f32[6, 4]\ninput v: f32[6, 7]\n"
             "y: f32[5, 7] = attention(q, k, v) {scale=0.5}\noutput y\n",
             1);
}

TEST(FuseAttention, LeavesSharesThatOthersRead) {
  ExpectNoChange(FuseAttention,
                 "input q: f32[5, 4]\ninput k: f32[4, 6]\ninput v: f32[6, 7]\ns = matmul(q, k)\np = softmax(s)\n"
                 "y = matmul(p, v)\noutput y\noutput p\n");
  ExpectNoChange(FuseAttention,
                 "input q: f32[5, 4]\ninput k: f32[4, 6]\ninput v: f32[6, 7]\ns = matmul(q, k)\n"
                 "p = softmax(s) {axis=0}\ny = matmul(p, v)\noutput y\n");
}

}  // namespace
}  // namespace verge::opt
