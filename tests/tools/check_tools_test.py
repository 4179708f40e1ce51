"""Each rule of the checkers under tools/ must be seen to fail on a bad sample and to pass a good one."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Tree:
    """A small repository in a temporary folder."""

    def __init__(self, files):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        subprocess.run(["git", "init", "-q", self.root], check=True)
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def check(self, tool, *arguments):
        done = subprocess.run([sys.executable, ROOT / "tools" / tool, *arguments, self.root], capture_output=True, text=True)
        self.folder.cleanup()
        return done.returncode, done.stdout + done.stderr


class TextTest(unittest.TestCase):
    def fails(self, rule, text, name="src/a.cc"):
        status, output = Tree({name: text}).check("check_text.py")
        self.assertEqual(status, 1, output)
        self.assertIn(f"[{rule}]", output)
        self.assertEqual(len(output.splitlines()), 1, output)

    def passes(self, text, name="src/a.cc"):
        status, output = Tree({name: text}).check("check_text.py")
        self.assertEqual(status, 0, output)

    def test_each_rule_fails(self):
        self.fails("ascii", "// 5 \u00b5s\n")
        self.fails("space", "int x; \n")
        self.fails("space", "\tint x;\n")
        self.fails("space", "int x;")
        self.fails("todo", "// TO" "DO: later\n")
        self.fails("todo", "# FIX" "ME\n", "a.py")
        self.fails("code", "  // return x + 1;\n")
        self.fails("code", "// x = y + 1;\n")
        self.fails("code", "// if (x) {\n")
        self.fails("code", "// Run(x, y);\n", "web/src/a.ts")
        self.fails("path", 'auto f = "/ho' 'me/ann/model";\n')
        self.fails("path", "see /wo" "rk/x\n", "README.md")
        self.fails("path", "cp ..$/../shared/x .\n".replace("$/..", ""), "x.sh")
        self.fails("registry", '{"a": {"reso' 'lved": "https://registry.example/a.tgz"}}\n', "web/package-lock.json")
        self.fails("registry", "registry=https://npm.example/\n", "web/.npmrc")

    def test_good_text_passes(self):
        self.passes("// TO" "DO(#12): waits for the next file format\n")
        self.passes("// Returns x = 1 when the file is empty.\n//   return x;   an example, indented\n")
        self.passes("// If (x) is set, Run() ends; see Stop().\n")
        self.passes("the work/ folder and share/home\n", "README.md")
        self.passes("mount /tm" "p  # text-ok: path, the sandbox test needs the real one\n", "a.sh")
        self.passes("\u00fc\n", "docs/names.md")

    def test_an_empty_tree_is_no_success(self):
        self.assertEqual(Tree({}).check("check_text.py")[0], 1)
        self.assertEqual(Tree({}).check("check_sizes.py")[0], 1)


class SizesTest(unittest.TestCase):
    def run_on(self, text, name="src/a.cc", *arguments):
        return Tree({name: text}).check("check_sizes.py", *arguments)

    def body(self, head, lines, tail="}\n"):
        return head + "  x = 1;\n" * lines + tail

    def test_long_files_fail(self):
        self.assertEqual(self.run_on("int x;\n" * 800)[0], 0)
        status, output = self.run_on("int x;\n" * 801)
        self.assertEqual(status, 1)
        self.assertIn("src/a.cc: the file has 801 lines", output)
        self.assertEqual(self.run_on("a { b: c; }\n" * 801, "a.css")[0], 1)

    def test_long_functions_fail_wherever_they_hide(self):
        heads = {
            "free": "void F(int a) {\n",
            "const method": "int C::F() const noexcept {\n",
            "trailing return": "auto F(int a) -> Result<int> {\n",
            "in a namespace": "namespace a::b {\nvoid F() {\n",
            "in a class": "class C : public B {\n public:\n  void F() override {\n",
            "constructor": "C::C(int a) : B(a), c_{a} {\n",
            "test": "TEST(A, B) {\n",
            "operator": "struct S {\nbool operator()(int a) {\n",
            "after odd tokens": "char a = '{'; const char* b = \"}}\"; // {\n#define X {\nint n = 1'000;\nvoid F() {\n",
            "after a raw string": 'auto s = R"({{{)";\nvoid F() {\n',
        }
        for name, head in heads.items():
            tail = "}\n};\n" if "class" in name or name == "operator" else "}\n}\n" if "namespace" in name else "}\n"
            self.assertEqual(self.run_on(self.body(head, 98, tail))[0], 0, name)
            status, output = self.run_on(self.body(head, 99, tail))
            self.assertEqual(status, 1, f"{name}: {output}")
            self.assertIn("has 101 lines, limit 100", output)

    def test_scopes_and_tables_are_no_functions(self):
        for head in ("namespace a {\n", "class C {\n", "enum class E {\n", "constexpr int kTable[] = {\n", 'extern "C" {\n'):
            self.assertEqual(self.run_on(self.body(head, 200))[0], 0, head)

    def test_python_functions_are_measured(self):
        self.assertEqual(self.run_on("def f():\n" + "    x = 1\n" * 99, "a.py")[0], 0)
        self.assertEqual(self.run_on("def f():\n" + "    x = 1\n" * 100, "a.py")[0], 1)

    def test_advice_does_not_fail(self):
        status, output = self.run_on(self.body("void F() {\n", 60), "src/a.cc", "--advisory")
        self.assertEqual(status, 0)
        self.assertIn("advice: src/a.cc:1: void F() has 62 lines, better 60", output)


class DocsTest(unittest.TestCase):
    GOOD = {
        "README.md": "[deps](docs/dependencies.md) and [web](https://example.org/x)\nrun `./x test`\n",
        "docs/dependencies.md": "`zlib1g-dev`, `preact`\n",
        "docs/promises.md": "| behaviour | test |\n|---|---|\n| it works | `src/a_test.cc: Works` |\n",
        "tools/apt-packages.txt": "# why\nzlib1g-dev|zlib-flate\n",
        "tools/x/a.sh": "cmd_help() {\n  cat <<TEXT\n./x test    runs the tests\nTEXT\n}\n",
        "web/package.json": '{"dependencies": {"preact": "1"}}\n',
        "src/a_test.cc": "TEST(A, Works) {}\n",
    }

    def fails(self, rule, **changes):
        files = dict(self.GOOD)
        for name, text in changes.items():
            files[name.replace("__", "/").replace("_md", ".md").replace("_txt", ".txt").replace("_sh", ".sh")] = text
        status, output = Tree(files).check("check_docs.py")
        self.assertEqual(status, 1, output)
        self.assertEqual(output.count(f"[{rule}]"), len(output.splitlines()), output)

    def test_good_documents_pass(self):
        status, output = Tree(self.GOOD).check("check_docs.py")
        self.assertEqual(status, 0, output)

    def test_each_rule_fails(self):
        self.fails("link", README_md="[x](docs/none.md)\n")
        self.fails("command", README_md="./x fly\n")
        self.fails("depend", docs__dependencies_md="`zlib1g-dev` only\n")
        self.fails("depend", docs__dependencies_md="`preact` only\n")
        self.fails("promise", docs__promises_md="| it works | trust me |\n")
        self.fails("promise", docs__promises_md="| it works | `src/b_test.cc: Works` |\n")
        self.fails("promise", docs__promises_md="| it works | `src/a_test.cc: Fails` |\n")


class LayersTest(unittest.TestCase):
    RULES = "base:\nsys: base\nonly openssl/ : sys\n"

    def run_on(self, files):
        return Tree({"tools/layers.txt": self.RULES, **files}).check("check_layers.py")

    def test_directions(self):
        self.assertEqual(self.run_on({"src/sys/a.cc": '#include "base/b.h"\n'})[0], 0)
        status, output = self.run_on({"src/base/a.cc": '#include "sys/b.h"\n'})
        self.assertEqual(status, 1)
        self.assertIn("base may not include", output)

    def test_doors_and_unknown_folders(self):
        self.assertEqual(self.run_on({"src/sys/a.cc": "#include <openssl/ssl.h>\n"})[0], 0)
        self.assertEqual(self.run_on({"src/base/a.cc": "#include <openssl/ssl.h>\n"})[0], 1)
        self.assertEqual(self.run_on({"src/new/a.cc": "int x;\n"})[0], 1)


if __name__ == "__main__":
    unittest.main()
