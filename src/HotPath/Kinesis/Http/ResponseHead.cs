namespace HotPath.Kinesis.Http;

/// <summary>The headers that every answer has, and those for callers in a browser.</summary>
internal static class ResponseHead
{
    private const int Id2Bytes = 72;

    private const string ExposedHeaders =
        "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date";

    /// <returns>Whether the request is a browser's question before its call: then the answer is already complete.</returns>
    public static bool Begin(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers["x-amzn-RequestId"] = Guid.NewGuid().ToString();

        var fromBrowser = http.Request.Headers.Origin.Count > 0;
        if (fromBrowser)
        {
            headers.AccessControlAllowOrigin = "*";
            if (HttpMethods.IsOptions(http.Request.Method))
            {
                AnswerPreflight(http);
                return true;
            }

            headers.AccessControlExposeHeaders = ExposedHeaders;
        }

        Span<byte> id = stackalloc byte[Id2Bytes];
        Random.Shared.NextBytes(id);
        headers["x-amz-id-2"] = Convert.ToBase64String(id);
        return false;
    }

    private static void AnswerPreflight(HttpContext http)
    {
        var asked = http.Request.Headers;
        var headers = http.Response.Headers;
        if (asked.AccessControlRequestHeaders.Count > 0)
        {
            headers.AccessControlAllowHeaders = asked.AccessControlRequestHeaders;
        }

        if (asked.AccessControlRequestMethod.Count > 0)
        {
            headers.AccessControlAllowMethods = asked.AccessControlRequestMethod;
        }

        headers.AccessControlMaxAge = "172800";
        http.Response.ContentLength = 0;
    }
}
