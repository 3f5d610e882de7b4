using System.Net;

namespace AmqpBroker.Server.Transports;

/// <summary>
/// Bytes to and from one peer, whatever carries them: a socket, a TLS stream, memory in tests. One receive and one send may
/// be under way at the same time, each from any thread. An operation fails with <see cref="IOException"/>,
/// <see cref="System.Net.Sockets.SocketException"/> or <see cref="ObjectDisposedException"/> when the peer is gone or
/// <see cref="Abort"/> was called.
/// </summary>
internal abstract class Transport
{
    /// <summary>Where the peer is, as far as the carrier knows.</summary>
    public abstract EndPoint? RemoteEndPoint { get; }

    /// <summary>Where the peer was accepted.</summary>
    public abstract EndPoint? LocalEndPoint { get; }

    /// <summary>Whether the peer is on this machine: what users restricted to loopback need.</summary>
    public bool IsLoopback => RemoteEndPoint is IPEndPoint peer
        && IPAddress.IsLoopback(peer.Address.IsIPv4MappedToIPv6 ? peer.Address.MapToIPv4() : peer.Address);

    /// <summary>Completes when a receive would not wait: bytes are there, or the end is. Needs no buffer meanwhile.</summary>
    public abstract ValueTask WaitReadableAsync();

    /// <summary>Receives at least one byte, at most as many as <paramref name="buffer"/> holds; 0 at the end of the stream.</summary>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Bytes that have come and were not received yet, 0 where the carrier cannot tell. Any thread; never throws.</summary>
    public virtual int UnreadBytes => 0;

    /// <summary>Sends all of <paramref name="bytes"/>; completes at once as long as the carrier takes them without waiting.</summary>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Sends all pieces in order, as one send where the carrier can. The list belongs to the transport until completion.</summary>
    public abstract ValueTask SendAsync(IList<ArraySegment<byte>> pieces);

    /// <summary>Tells the peer that nothing more follows; receiving goes on. Does nothing when the peer is gone.</summary>
    public abstract void ShutdownSend();

    /// <summary>Ends everything at once: operations under way fail or see the end. May be called more than once, from any thread.</summary>
    public abstract void Abort();
}
