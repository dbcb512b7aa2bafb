// Ids of the digest scheme. The values are openssl's: printf '%s' TEXT | openssl dgst -ALGORITHM -binary | base64
#include "base/digest.h"

#include <gtest/gtest.h>

namespace zabra {
namespace {

TEST(DigestId, IsTheUserAndTheHashOfUserAndPassword) {
  EXPECT_EQ(digest_id("super:secret"), "super:lK75jTNcA+U9vtVEw5vB51mj/w4=");
}

TEST(DigestId, TakesTheUserBeforeTheFirstColonAndHashesAll) {
  EXPECT_EQ(digest_id("bob:pass:word"), "bob:SPSPLmKW+966THWzDOL2lGAgURQ=");
  EXPECT_EQ(digest_id("bob").substr(0, 4), "bob:");
  EXPECT_EQ(digest_id("").substr(0, 1), ":");
}

TEST(DigestId, IsMadeWithTheAlgorithmThatIsAskedFor) {
  EXPECT_EQ(digest_id("bob:pass:word", DigestAlgorithm::sha256), "bob:C4vPHiJR3jDFvT3iryXggJdz75/gJ2pxQOpBvaro+iM=");
  EXPECT_EQ(digest_id("bob:pass:word", DigestAlgorithm::sha512),
            "bob:S4gRIMveavIhmHWjGVAZ//piZ59uFt19+m8BK/QVnt2DEXztxleQiNiRUj+xDzwAGW1ISIXYE9/isM/e1L33yg==");
  EXPECT_EQ(digest_id("bob:pass:word", DigestAlgorithm::sha3_256), "bob:ER5pcCgw4DAmuLoY/U3dml4CAmhHMaWl01DMJOAm1Z4=");
  EXPECT_EQ(digest_id("bob:pass:word", DigestAlgorithm::md5), "bob:4UoBd6LZBjRF6HrOLPGuaA==");
}

TEST(DigestAlgorithms, AreKnownByJavasNamesInAnyCase) {
  EXPECT_EQ(parse_digest_algorithm("SHA1"), DigestAlgorithm::sha1);
  EXPECT_EQ(parse_digest_algorithm("sha-1"), DigestAlgorithm::sha1);
  EXPECT_EQ(parse_digest_algorithm("SHA"), DigestAlgorithm::sha1);
  EXPECT_EQ(parse_digest_algorithm("SHA-256"), DigestAlgorithm::sha256);
  EXPECT_EQ(parse_digest_algorithm("sha3-512"), DigestAlgorithm::sha3_512);
  EXPECT_EQ(parse_digest_algorithm("MD5"), DigestAlgorithm::md5);
  EXPECT_EQ(parse_digest_algorithm("SHA-257"), std::nullopt);
  EXPECT_EQ(parse_digest_algorithm(""), std::nullopt);
}

// The examples of RFC 4648.
TEST(Base64, FillsUpWithEqualSigns) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64(std::string_view("\0\xff\xfe", 3)), "AP/+");
}

}  // namespace
}  // namespace zabra
