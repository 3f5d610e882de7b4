using System.Net;
using AmqpBroker.Server.Transports;

namespace AmqpBroker.Server.Tests.Support;

/// <summary>The server's end of a connection in memory.</summary>
internal sealed class MemoryTransport(ByteQueue toServer, ByteQueue toClient, IPAddress? peer = null) : Transport
{
    public override EndPoint? RemoteEndPoint { get; } = new IPEndPoint(peer ?? IPAddress.Loopback, 50000);

    public override EndPoint? LocalEndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 5672);

    public bool Aborted { get; private set; }

    public override int UnreadBytes => toServer.HeldBytes;

    public override ValueTask WaitReadableAsync() => toServer.WaitReadableAsync();

    /// <summary>Thrown by the next receive: a fault of the server's own, as far as the connection can tell.</summary>
    public Exception? Fault { get; set; }

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        if (Fault is { } fault)
        {
            Fault = null;
            throw fault;
        }

        return toServer.ReadAsync(buffer);
    }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => toClient.WriteAsync(bytes);

    public override async ValueTask SendAsync(IList<ArraySegment<byte>> pieces)
    {
        foreach (ArraySegment<byte> piece in pieces)
        {
            await toClient.WriteAsync(piece);
        }
    }

    public override void ShutdownSend() => toClient.End();

    public override void Abort()
    {
        Aborted = true;
        toServer.Break();
        toClient.End();
    }
}
