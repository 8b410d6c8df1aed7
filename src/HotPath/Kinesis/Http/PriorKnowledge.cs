using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace HotPath.Kinesis.Http;

/// <summary>
/// Lets one plaintext port speak HTTP/1.1 and HTTP/2 with prior knowledge. Kestrel decides by what TLS negotiated, and
/// without TLS for HTTP/1.1; so a connection that begins with <c>PRI</c>, as only HTTP/2 does, is given the feature that
/// says that h2 was negotiated. Nothing of the connection is consumed.
/// </summary>
internal static class PriorKnowledge
{
    private const int PrefaceBytes = 3;

    /// <summary>As long as the server itself waits for a request's headers.</summary>
    private static readonly TimeSpan FirstBytesPatience = TimeSpan.FromSeconds(30);

    public static ConnectionDelegate Detect(ConnectionDelegate next) => async connection =>
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        patience.CancelAfter(FirstBytesPatience);
        try
        {
            if (await IsHttp2Async(connection, patience.Token))
            {
                connection.Features.Set<ITlsConnectionFeature>(NoCertificate.Instance);
                connection.Features.Set<ITlsApplicationProtocolFeature>(NegotiatedHttp2.Instance);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or ConnectionResetException)
        {
            connection.Abort();
            return;
        }

        await next(connection);
    };

    private static async ValueTask<bool> IsHttp2Async(ConnectionContext connection, CancellationToken patience)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var result = await input.ReadAsync(patience);
            var buffer = result.Buffer;
            if (buffer.Length >= PrefaceBytes || result.IsCompleted || result.IsCanceled)
            {
                var isHttp2 = StartsWithPreface(buffer);
                input.AdvanceTo(buffer.Start);
                return isHttp2;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static bool StartsWithPreface(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < PrefaceBytes)
        {
            return false;
        }

        Span<byte> first = stackalloc byte[PrefaceBytes];
        buffer.Slice(0, PrefaceBytes).CopyTo(first);
        return first.SequenceEqual("PRI"u8);
    }

    private sealed class NegotiatedHttp2 : ITlsApplicationProtocolFeature
    {
        public static NegotiatedHttp2 Instance { get; } = new();

        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();
    }

    private sealed class NoCertificate : ITlsConnectionFeature
    {
        public static NoCertificate Instance { get; } = new();

        public X509Certificate2? ClientCertificate
        {
            get => null;
            [ExcludeFromCodeCoverage]
            set => throw new NotSupportedException("There is no TLS here.");
        }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) =>
            Task.FromResult<X509Certificate2?>(null);
    }
}
