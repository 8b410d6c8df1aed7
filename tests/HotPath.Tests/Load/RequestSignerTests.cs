using System.Text;
using HotPath.LoadGenerator.Kinesis;

namespace HotPath.Tests.Load;

public sealed class RequestSignerTests
{
    // The example of the AWS documentation of Signature Version 4.
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    [Fact]
    public void Key_and_signature_are_those_of_the_documentation()
    {
        var key = RequestSigner.DeriveKey(Secret, "20150830", "us-east-1", "iam");
        var signature = new byte[RequestSigner.SignatureHexBytes];
        RequestSigner.Sign(
            key,
            "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"u8
            + "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"u8,
            signature);

        Assert.Equal("c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9", Convert.ToHexStringLower(key));
        Assert.Equal(
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7", Encoding.ASCII.GetString(signature));
    }

    [Fact]
    public void A_call_is_signed_as_another_program_signs_it()
    {
        var signer = new RequestSigner(new SigningOptions
        {
            Host = "127.0.0.1:4568",
            Region = "us-east-1",
            AccessKey = "AKIDEXAMPLE",
            SecretKey = Secret,
        });
        var call = new PutRecordsCall("readings", recordsMax: 1, recordBytesMax: 16);
        call.Add("{}"u8, "gateway-0001"u8, readings: 1);

        var text = Encoding.ASCII.GetString(
            call.Seal(signer, new DateTime(2015, 8, 30, 12, 36, 0, DateTimeKind.Utc)).Span);

        Assert.Equal(
            "POST / HTTP/1.1\r\nHost: 127.0.0.1:4568\r\nContent-Type: application/x-amz-json-1.1\r\n"
            + "X-Amz-Target: Kinesis_20131202.PutRecords\r\nX-Amz-Date: 20150830T123600Z\r\n"
            + "x-amz-content-sha256: 8ebe5579fc9d47e6c847369532b021078451fa0286b4b36ffb17f5053b9726ff\r\n"
            + "Content-Length: 83\r\n"
            + "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/kinesis/aws4_request, "
            + "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target, "
            + "Signature=7323fa1c4333d7b8f00afdc56226d3c7c0c3d9ba61f2ebcd7439b76f51970117\r\n\r\n"
            + """{"StreamName":"readings","Records":[{"Data":"e30=","PartitionKey":"gateway-0001"}]}""",
            text);
    }
}
