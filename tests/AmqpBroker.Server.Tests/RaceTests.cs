using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Protocol;
using AmqpBroker.Server.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AmqpBroker.Server.Tests;

/// <summary>
/// Many connections over real sockets with small buffers, which open, publish, consume and close in all orders, by seed: who
/// says connection.close hears close-ok and nothing after it. <c>RACE_ROUNDS</c> makes it longer.
/// </summary>
public sealed class RaceTests(ITestOutputHelper output)
{
    private const int ClientsAtATime = 48;
    private const int Channels = 3;
    private static readonly string[] s_queues = ["race-1", "race-2"];

    private static readonly int s_rounds =
        Environment.GetEnvironmentVariable("RACE_ROUNDS") is { Length: > 0 } number ? int.Parse(number, CultureInfo.InvariantCulture) : 4;

    /// <summary>Far longer than anything takes; only a test that fails waits for it.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Who_closes_hears_close_ok_whatever_goes_on()
    {
        var failures = new List<Exception>();
        using Broker broker = Broker.Open(new BrokerOptions(), new MemoryJournals(), TimeProvider.System, failures.Add);
        await using var server = new AmqpServer(
            new ServerOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)], ShutdownTimeoutMs = 1000 }, NullLogger<AmqpServer>.Instance);
        server.Bind();
        server.Start(broker, new TestGauge());
        int start = Environment.GetEnvironmentVariable("RACE_ROUNDS") is { Length: > 0 } ? Environment.TickCount : 1;
        output.WriteLine($"seeds from {start} on");
        for (int round = 0; round < s_rounds; round++)
        {
            await Task.WhenAll(Enumerable.Range(start + (round * ClientsAtATime), ClientsAtATime)
                .Select(seed => Task.Run(() => RunAsync(server, seed))));
        }

        Assert.Empty(failures);
    }

    private static async Task RunAsync(AmqpServer server, int seed)
    {
        var random = new Random(seed);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.ReceiveBufferSize = 1 << random.Next(15, 18); // with less the kernel itself stalls on loopback, whose segments are that large
        socket.SendBufferSize = 1 << random.Next(11, 17);
        await socket.ConnectAsync(server.Endpoints[0]);
        bool vanishes = random.Next(8) == 0;
        bool closedByServer = random.Next(4) == 0;
        Task<(int Frames, string Last)> reading = ReadAsync(socket, random.Next(3), random.Next(4_000, 50_000));
        try
        {
            foreach (byte[] piece in Split(Script(random, hasFault: random.Next(5) == 0), random))
            {
                await SendAsync(socket, piece);
                if (closedByServer && random.Next(3) == 0)
                {
                    server.CloseConnection($"{socket.LocalEndPoint} -> {socket.RemoteEndPoint}", "race");
                    closedByServer = false;
                }
                else if (random.Next(4) == 0)
                {
                    await Task.Yield();
                }
            }
        }
        catch (SocketException) when (vanishes)
        {
            // Whatever.
        }

        if (vanishes)
        {
            socket.Dispose();
            await reading;
            return;
        }

        (int frames, string last) = (0, "");
        try
        {
            (frames, last) = await reading.WaitAsync(s_patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"seed {seed}: no end after {s_patience}; {socket.LocalEndPoint}; available {socket.Available}");
        }

        Assert.True(last == "connection.close-ok", $"seed {seed}: after {frames} frames the last is {last}");
    }

    /// <summary>Everything from the protocol header to connection.close.</summary>
    private static byte[] Script(Random random, bool hasFault)
    {
        var bytes = new List<byte>();
        bytes.AddRange(ProtocolHeader.Amqp091);
        bytes.AddRange(TestClient.MethodBytes(0, TestClient.StartOk()));
        bytes.AddRange(TestClient.MethodBytes(0, new ConnectionTuneOk(2047, 131072, (ushort)(30 * random.Next(2)))));
        bytes.AddRange(TestClient.MethodBytes(0, new ConnectionOpen(ShortString.FromString("/"))));
        for (ushort channel = 1; channel <= Channels; channel++)
        {
            bytes.AddRange(TestClient.MethodBytes(channel, default(ChannelOpen)));
            foreach (string queue in s_queues)
            {
                bytes.AddRange(TestClient.MethodBytes(channel, new QueueDeclare(ShortString.FromString(queue), false, false, false, false, false, FieldTable.Empty)));
            }
        }

        int steps = random.Next(60);
        int fault = hasFault ? random.Next(steps + 1) : -1;
        for (int i = 0; i <= steps; i++)
        {
            ushort channel = (ushort)random.Next(1, Channels + 1);
            if (i == fault)
            {
                bytes.AddRange(TestClient.MethodBytes(channel, new BasicQos(1, 0, false)));
            }

            bytes.AddRange(Step(random, channel));
        }

        bytes.AddRange(TestClient.MethodBytes(0, new ConnectionClose(ReplyCode.ReplySuccess, ShortString.Empty, 0, 0)));
        return [.. bytes];
    }

    private static byte[] Step(Random random, ushort channel)
    {
        string queue = s_queues[random.Next(s_queues.Length)];
        var name = ShortString.FromString(queue);
        return random.Next(12) switch
        {
            < 5 => TestClient.PublishBytes(channel, "", queue, new byte[random.Next(4) == 0 ? random.Next(200_000) : random.Next(2000)], mandatory: true),
            < 7 => TestClient.MethodBytes(channel, new BasicGet(name, random.Next(2) == 0)),
            7 => TestClient.MethodBytes(channel, new BasicConsume(name, ShortString.Empty, false, random.Next(2) == 0, false, false, FieldTable.Empty)),
            8 => TestClient.MethodBytes(channel, new BasicAck(0, true)),
            9 => TestClient.PublishBytes(channel, "", "nobody", new byte[random.Next(100_000)], mandatory: true),
            10 => TestClient.MethodBytes(channel, new BasicQos(0, (ushort)random.Next(1, 50), false)),
            _ => [.. TestClient.MethodBytes(channel, new ChannelClose(ReplyCode.ReplySuccess, ShortString.Empty, 0, 0)), .. TestClient.MethodBytes(channel, default(ChannelOpen))],
        };
    }

    private static List<byte[]> Split(byte[] script, Random random)
    {
        var pieces = new List<byte[]>();
        for (int at = 0; at < script.Length;)
        {
            int count = Math.Min(script.Length - at, random.Next(4) == 0 ? random.Next(1, 50) : random.Next(1, 100_000));
            pieces.Add(script[at..(at + count)]);
            at += count;
        }

        return pieces;
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    /// <summary>Reads frames until the server ends the connection.</summary>
    private static async Task<(int Frames, string Last)> ReadAsync(Socket socket, int pauseMs, int atATime)
    {
        byte[] buffer = new byte[300_000];
        int filled = 0;
        int frames = 0;
        string last = "nothing";
        int reads = 0;
        while (true)
        {
            int count;
            try
            {
                count = await socket.ReceiveAsync(buffer.AsMemory(filled, Math.Min(atATime, buffer.Length - filled)));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return (frames, $"{last}, and then {e.Message}");
            }

            if (count == 0)
            {
                return (frames, filled == 0 ? last : $"{last}, and then {filled} octets");
            }

            filled += count;
            int at = 0;
            while (filled - at >= Frame.HeaderSize
                && BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(at + 3)) + Frame.Overhead is var size && filled - at >= size)
            {
                frames++;
                last = new ReceivedFrame(buffer[at], BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(at + 1)), buffer[(at + Frame.HeaderSize)..(at + size - 1)]).Name;
                at += size;
            }

            buffer.AsSpan(at, filled - at).CopyTo(buffer);
            filled -= at;
            if (pauseMs > 0 && ++reads % 16 == 0)
            {
                await Task.Delay(pauseMs); // waits because a slow reader is what is tested
            }
        }
    }
}
