#include "sys/crypto/x509.h"

#include <gtest/gtest.h>

namespace verge::sys {
namespace {

TEST(X509, IssuesAClientCertificateUnderTheNameTheHubChose) {
  const Result<KeyAndCertificate> ca = CreateCa("Verge hub CA", 3650);
  ASSERT_TRUE(ca.ok()) << ca.status().ToString();
  const Result<KeyAndRequest> request = CreateCsr("i-want-to-be-admin");
  ASSERT_TRUE(request.ok()) << request.status().ToString();
  const Result<std::string> certificate = SignClientCertificate(*ca, request->csr_pem, "dev-1", 365);
  ASSERT_TRUE(certificate.ok()) << certificate.status().ToString();
  EXPECT_EQ(*CertificateName(*certificate), "dev-1");
  EXPECT_EQ(CertificateFingerprint(*certificate)->size(), 64U);
  EXPECT_NE(*CertificateFingerprint(*certificate), *CertificateFingerprint(ca->certificate_pem));
}

TEST(X509, RefusesBrokenAndForgedRequests) {
  const Result<KeyAndCertificate> ca = CreateCa("CA", 10);
  const Result<KeyAndRequest> request = CreateCsr("a");
  ASSERT_TRUE(ca.ok() && request.ok());
  const auto sign = [&](const std::string& csr) { return SignClientCertificate(*ca, csr, "d", 1).code(); };
  EXPECT_EQ(sign(""), StatusCode::kInvalidArgument);
  EXPECT_EQ(sign("hello"), StatusCode::kInvalidArgument);
  EXPECT_EQ(sign(ca->certificate_pem), StatusCode::kInvalidArgument);
  EXPECT_EQ(sign(request->csr_pem.substr(0, request->csr_pem.size() / 2)), StatusCode::kInvalidArgument);
  EXPECT_EQ(sign(std::string(70000, 'A')), StatusCode::kInvalidArgument);
  int refused = 0;  // any flipped base64 character breaks the request or its signature
  std::string forged = request->csr_pem;
  const size_t begin = forged.find('\n') + 1;
  for (size_t i = begin; i < begin + 180; i += 13) {
    const char old = forged[i];
    if (old == '\n') continue;
    forged[i] = old == 'A' ? 'B' : 'A';
    EXPECT_EQ(sign(forged), StatusCode::kInvalidArgument) << i;
    forged[i] = old;
    ++refused;
  }
  EXPECT_GT(refused, 10);
}

TEST(X509, ChecksNamesDaysAndKeys) {
  const Result<KeyAndCertificate> ca = CreateCa("CA", 10);
  const Result<KeyAndCertificate> other = CreateCa("CA", 10);
  ASSERT_TRUE(ca.ok() && other.ok());
  EXPECT_EQ(CreateServerCertificate(*ca, {}, 1).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(CreateServerCertificate(*ca, {"a,DNS:evil"}, 1).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(CreateServerCertificate(*ca, {"localhost"}, 0).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(CreateServerCertificate(*ca, {"localhost", "127.0.0.1", "::1"}, 1).ok());
  EXPECT_EQ(CreateServerCertificate({other->key_pem, ca->certificate_pem}, {"localhost"}, 1).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(CreateCa("", 10).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(CreateCa("a\nb", 10).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::sys
