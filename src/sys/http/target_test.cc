#include "sys/http/target.h"

#include <gtest/gtest.h>

#include "sys/http/client.h"
#include "sys/http/message.h"

namespace verge::sys::http {
namespace {

TEST(Target, SplitsAndDecodes) {
  const Result<Target> target = ParseTarget("/v2/a%2Db/blobs/sha256%3Aff?digest=sha256%3Aab&x=1+2&empty&=z");
  ASSERT_TRUE(target.ok()) << target.status().ToString();
  EXPECT_EQ(target->path, "/v2/a-b/blobs/sha256:ff");
  ASSERT_EQ(target->query.size(), 4U);
  EXPECT_EQ(target->query[0].second, "sha256:ab");
  EXPECT_EQ(target->query[1].second, "1 2");
  EXPECT_EQ(target->query[2].first, "empty");
  EXPECT_EQ(target->query[3].second, "z");
}

TEST(Target, RefusesWhatCouldLeadElsewhere) {
  for (const char* bad : {"", "x", "http://h/", "*", "/../etc", "/a/..", "/a/./b", "/%2e%2e/x", "/a%2f..%2fb", "/a%00b",
                          "/%", "/%1", "/%zz", "/a?b=%0a", "/a#b"}) {
    EXPECT_EQ(ParseTarget(bad).code(), StatusCode::kInvalidArgument) << bad;
  }
  std::string many = "/?";
  for (int i = 0; i < 65; ++i) many += "a=1&";
  EXPECT_FALSE(ParseTarget(many).ok());
}

TEST(Range, CoversTheForms) {
  struct Case {
    const char* header;
    uint64_t size;
    ByteRange::Kind kind;
    uint64_t first, last;
  };
  using enum ByteRange::Kind;
  for (const Case& c :
       {Case{"", 10, kWhole, 0, 0}, Case{"bytes=0-", 10, kPart, 0, 9}, Case{"bytes=3-5", 10, kPart, 3, 5},
        Case{"bytes=3-500", 10, kPart, 3, 9}, Case{"bytes=-4", 10, kPart, 6, 9}, Case{"bytes=-40", 10, kPart, 0, 9},
        Case{"bytes=10-", 10, kUnsatisfiable, 0, 0}, Case{"bytes=-0", 10, kUnsatisfiable, 0, 0},
        Case{"bytes=0-", 0, kUnsatisfiable, 0, 0}, Case{"bytes=5-3", 10, kWhole, 0, 0},
        Case{"bytes=0-1,3-4", 10, kWhole, 0, 0}, Case{"lines=0-1", 10, kWhole, 0, 0},
        Case{"bytes=99999999999999999999-", 10, kWhole, 0, 0}, Case{"bytes=a-b", 10, kWhole, 0, 0},
        Case{"bytes=-", 10, kWhole, 0, 0}}) {
    const ByteRange range = ParseRange(c.header, c.size);
    EXPECT_EQ(range.kind, c.kind) << c.header;
    EXPECT_EQ(range.first, c.first) << c.header;
    EXPECT_EQ(range.last, c.last) << c.header;
  }
}

TEST(Etag, ListsAndWeakTags) {
  EXPECT_TRUE(EtagMatches("\"a\"", "\"a\""));
  EXPECT_TRUE(EtagMatches("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(EtagMatches("*", "\"a\""));
  EXPECT_FALSE(EtagMatches("\"b\"", "\"a\""));
  EXPECT_FALSE(EtagMatches("", "\"a\""));
  EXPECT_FALSE(EtagMatches("*", ""));
}

TEST(Headers, NamesIgnoreCaseAndValuesStayOnOneLine) {
  Headers headers;
  headers.Add("Content-Type", "a\r\nSet-Cookie: x");
  EXPECT_EQ(headers.Find("content-TYPE"), "a  Set-Cookie: x");
  headers.Set("CONTENT-type", "b");
  EXPECT_EQ(headers.all().size(), 1U);
  EXPECT_FALSE(headers.Has("content"));
}

TEST(StatusOf, TellsWhatToDoNext) {
  ClientResponse response;
  response.status = 403;
  response.body = R"({"title":"Forbidden","detail":"the token has expired: make a new one"})";
  EXPECT_EQ(StatusOf(response).code(), StatusCode::kPermission);
  EXPECT_NE(StatusOf(response).message().find("make a new one"), std::string_view::npos);
  response.status = 503;
  EXPECT_EQ(StatusOf(response).code(), StatusCode::kUnavailable);
  response.status = 204;
  EXPECT_TRUE(StatusOf(response).ok());
}

TEST(EncodeComponent, KeepsOnlyUnreserved) { EXPECT_EQ(EncodeComponent("a b/c~1%"), "a%20b%2Fc~1%25"); }

}  // namespace
}  // namespace verge::sys::http
