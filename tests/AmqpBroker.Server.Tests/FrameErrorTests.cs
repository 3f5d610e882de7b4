using AmqpBroker.Protocol;
using AmqpBroker.Server.Tests.Support;

namespace AmqpBroker.Server.Tests;

/// <summary>Frames that must not be, by the code and the text of the close; and that nobody else notices.</summary>
public sealed class FrameErrorTests
{
    /// <summary>A script for an open connection with the channel 1, and what must come of it.</summary>
    public static TheoryData<string, byte[], ReplyCode, string, int, int> Cases => new()
    {
        { "too large", [3, 0, 1, 0, 2, 0, 1], ReplyCode.FrameError, "type 3, all octets = <<>>: {frame_too_large,131073,131064}", 0, 0 },
        { "bad end", [1, 0, 1, 0, 0, 0, 1, 65, 0], ReplyCode.FrameError, "type 1, all octets = <<\"A\">>: {invalid_frame_end_marker,0}", 0, 0 },
        { "unknown type", TestClient.FrameBytes(0, 0, "1234567890\0ABCDEFGH"u8), ReplyCode.FrameError, "type 0, first 16 octets = <<49,50,51,52,53,54,55,56,57,48,0,65,66,67,68,69>>: unknown_frame", 0, 0 },
        { "short method", TestClient.FrameBytes(1, 0, [0, 10]), ReplyCode.FrameError, "type 1, all octets = <<0,10>>: unknown_frame", 0, 0 },
        { "heartbeat on a channel", TestClient.FrameBytes(8, 1, []), ReplyCode.UnexpectedFrame, "type 8, all octets = <<>>", 0, 0 },
        { "header on channel 0", TestClient.FrameBytes(2, 0, new byte[14]), ReplyCode.UnexpectedFrame, "type 2, all octets = <<0,0,0,0,0,0,0,0,0,0,0,0,0,0>>", 0, 0 },
        { "body without method", TestClient.FrameBytes(3, 1, [1]), ReplyCode.UnexpectedFrame, "expected method frame, got non method frame instead", 0, 0 },
        { "header without method", Header(60, 1), ReplyCode.UnexpectedFrame, "expected method frame, got non method frame instead", 0, 0 },
        { "method instead of header", [.. Publish, .. Publish], ReplyCode.UnexpectedFrame, "expected content header for class 60, got non content header frame instead", 60, 40 },
        { "body instead of header", [.. Publish, .. TestClient.FrameBytes(3, 1, [1])], ReplyCode.UnexpectedFrame, "expected content header for class 60, got non content header frame instead", 60, 40 },
        { "header of another class", [.. Publish, .. Header(3106, 1)], ReplyCode.UnexpectedFrame, "expected content header for class 60, got one for class 3106 instead", 60, 40 },
        { "header with a weight", [.. Publish, .. Header(60, 1, weight: 1)], ReplyCode.UnexpectedFrame, "expected content header for class 60, got non content header frame instead", 60, 40 },
        { "header instead of body", [.. Publish, .. Header(60, 1), .. Header(60, 1)], ReplyCode.UnexpectedFrame, "expected content body, got non content body frame instead", 60, 40 },
        { "method instead of body", [.. Publish, .. Header(60, 1), .. Publish], ReplyCode.UnexpectedFrame, "expected content body, got non content body frame instead", 60, 40 },
        { "too much body", [.. Publish, .. Header(60, 1), .. TestClient.FrameBytes(3, 1, [1, 2])], ReplyCode.FrameError, "content body frame exceeds remaining content size", 60, 40 },
        { "absurd body size", [.. Publish, .. Header(60, 536_870_913)], ReplyCode.FrameError, "content body size 536870913 exceeds maximum allowed size 536870912", 60, 40 },
        { "negative body size", [.. Publish, .. Header(60, ulong.MaxValue)], ReplyCode.FrameError, "content body size 18446744073709551615 exceeds maximum allowed size 536870912", 60, 40 },
        { "method of a closed channel", TestClient.MethodBytes(2, default(ConfirmSelect)), ReplyCode.ChannelError, "expected 'channel.open'", 85, 10 },
        { "second open", TestClient.MethodBytes(1, default(ChannelOpen)), ReplyCode.ChannelError, "second 'channel.open' seen", 20, 10 },
        { "unknown method", TestClient.FrameBytes(1, 1, [0, 99, 0, 1]), ReplyCode.CommandInvalid, "unimplemented method", 99, 1 },
        { "unknown method of the connection", TestClient.FrameBytes(1, 0, [0, 99, 0, 1]), ReplyCode.CommandInvalid, "unimplemented method", 99, 1 },
        { "a server's method", TestClient.MethodBytes(1, default(BasicQosOk)), ReplyCode.CommandInvalid, "unimplemented method", 60, 11 },
        { "a connection's method on a channel", TestClient.MethodBytes(1, new ConnectionTuneOk(1, 1, 1)), ReplyCode.CommandInvalid, "unimplemented method", 10, 31 },
        { "a channel's method on channel 0", TestClient.MethodBytes(0, default(ChannelOpen)), ReplyCode.ChannelError, "unexpected method in connection state running", 20, 10 },
    };

    private static byte[] Publish => TestClient.MethodBytes(1, new BasicPublish(ShortString.Empty, ShortString.FromString("q"), false, false));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_frame_that_must_not_be_closes_its_connection(string what, byte[] script, ReplyCode code, string text, int classId, int methodId)
    {
        Assert.NotEmpty(what);
        using var server = new TestServer();
        TestClient other = await server.OpenChannelAsync();
        TestClient client = await server.OpenChannelAsync();
        await client.SendRawAsync(script);
        ConnectionClose close = await client.ExpectCloseAsync(code, text);
        Assert.Equal((classId, methodId), (close.FailedClassId, close.FailedMethodId));
        await client.SendAsync(0, default(ConnectionCloseOk));
        client.EndSending();
        await client.ExpectEndAsync();
        await client.Ended;
        await other.ExpectAliveAsync(1);
        Assert.Contains(server.Log.Lines, line => line.Contains("Bad input: 127.0.0.1", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Arguments_that_cannot_be_decoded_are_a_501()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        await client.SendFrameAsync(1, 1, 0, 50, 0, 10, 0, 0, 200);
        ConnectionClose close = await client.ReadAsync<ConnectionClose>(0);
        Assert.Equal((ReplyCode.FrameError, 50, 10), (close.ReplyCode, close.FailedClassId, close.FailedMethodId));
    }

    [Fact]
    public async Task Properties_that_cannot_be_decoded_are_a_502()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        await client.SendRawAsync([.. Publish, .. TestClient.FrameBytes(2, 1, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 255])]);
        Assert.Equal(ReplyCode.SyntaxError, (await client.ReadAsync<ConnectionClose>(0)).ReplyCode);
    }

    [Fact]
    public async Task An_unreadable_frame_holds_the_socket_for_three_seconds()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        await client.SendRawAsync(1, 0, 1, 0, 0, 0, 1, 65, 0);
        await client.ReadAsync<ConnectionClose>(0);
        await client.SendRawAsync(new byte[1000]);
        server.Pass(2_500);
        Assert.False(client.Ended.IsCompleted);
        server.Pass(1_000);
        await client.ExpectEndAsync();
        await client.Ended;
    }

    [Fact]
    public async Task A_frame_may_exceed_frame_max_by_its_own_octets()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync(frameMax: 4096);
        await client.SendRawAsync([.. Publish, .. Header(60, 4096), .. TestClient.FrameBytes(3, 1, new byte[4096])]);
        await client.ExpectAliveAsync(1);
    }

    [Fact]
    public async Task Headers_of_contents_that_never_come_are_bounded_too()
    {
        using var server = new TestServer(new ServerOptions { MaxUnfinishedContentBytes = 100_000 });
        TestClient client = await server.OpenAsync();
        FieldTable headers = new FieldTableBuilder().Append("h", FieldValue.FromString(new string('p', 40_000))).Build();
        byte[] properties = new BasicPropertiesEditor().SetHeaders(headers).Build();
        byte[] header = [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, .. properties];
        for (ushort channel = 1; channel <= 3; channel++)
        {
            await client.OpenChannelAsync(channel);
            await client.SendAsync(channel, new BasicPublish(ShortString.Empty, ShortString.FromString("q"), false, false));
            await client.SendFrameAsync(2, channel, header);
        }

        await client.ExpectCloseAsync(ReplyCode.ResourceError, "unfinished contents exceed 100000 bytes");
    }

    [Fact]
    public async Task Contents_begun_and_never_finished_are_bounded()
    {
        using var server = new TestServer(new ServerOptions { MaxUnfinishedContentBytes = 100_000 });
        TestClient client = await server.OpenAsync();
        for (ushort channel = 1; channel <= 12; channel++)
        {
            await client.OpenChannelAsync(channel);
        }

        for (ushort channel = 1; channel <= 12; channel++)
        {
            byte[] method = TestClient.MethodBytes(channel, new BasicPublish(ShortString.Empty, ShortString.FromString("q"), false, false));
            await client.SendRawAsync([.. method, .. Header(60, 20_000, channel: channel), .. TestClient.FrameBytes(3, channel, new byte[10_000])]);
        }

        await client.ExpectCloseAsync(ReplyCode.ResourceError, "unfinished contents exceed 100000 bytes");
    }

    [Fact]
    public async Task Finished_contents_do_not_count()
    {
        using var server = new TestServer(new ServerOptions { MaxUnfinishedContentBytes = 100_000 });
        TestClient client = await server.OpenChannelAsync();
        for (int i = 0; i < 50; i++)
        {
            await client.SendRawAsync([.. Publish, .. Header(60, 20_000), .. TestClient.FrameBytes(3, 1, new byte[10_000]), .. TestClient.FrameBytes(3, 1, new byte[10_000])]);
        }

        await client.ExpectAliveAsync(1);
    }

    private static byte[] Header(ushort classId, ulong size, ushort weight = 0, ushort channel = 1)
    {
        byte[] payload = new byte[14];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(payload, classId);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(2), weight);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(payload.AsSpan(4), size);
        return TestClient.FrameBytes(2, channel, payload);
    }
}
