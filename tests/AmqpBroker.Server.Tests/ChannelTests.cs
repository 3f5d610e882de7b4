using AmqpBroker.Protocol;
using AmqpBroker.Server.Tests.Support;

namespace AmqpBroker.Server.Tests;

/// <summary>Channels open, fail, close and are used again.</summary>
public sealed class ChannelTests
{
    [Fact]
    public async Task A_published_message_comes_back_whole()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync(frameMax: 4096);
        await client.DeclareAsync(1, "q");
        foreach (int size in (int[])[0, 1, 4087, 4088, 4089, 8176, 8177, 100_000])
        {
            byte[] body = new byte[size];
            new Random(size).NextBytes(body);
            await client.PublishAsync(1, "", "q", body, frameMax: 4096);
            await client.SendAsync(1, new BasicGet(ShortString.FromString("q"), true));
            Assert.Equal(body, (await client.ReadContentAsync<BasicGetOk>(1)).Body);
        }
    }

    [Fact]
    public async Task What_is_on_the_way_on_a_channel_that_failed_is_discarded_and_the_number_used_again()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        await client.OpenChannelAsync(2);
        await client.PublishAsync(1, "missing", "k", [1]);
        await client.ExpectChannelCloseAsync(1, ReplyCode.NotFound, "no exchange 'missing' in vhost '/'");
        await client.PublishAsync(1, "missing", "k", [2]);
        await client.SendAsync(1, new BasicAck(99, false));
        await client.SendFrameAsync(3, 1, 1, 2, 3);
        await client.ExpectAliveAsync(2);
        await client.SendAsync(1, default(ChannelCloseOk));
        await client.OpenChannelAsync(1);
        await client.ExpectAliveAsync(1);
    }

    [Fact]
    public async Task A_close_that_crosses_the_servers_is_answered()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        var close = new ChannelClose(ReplyCode.ReplySuccess, ShortString.Empty, 0, 0);
        // One read: the server has not sent its close when the client's comes.
        await client.SendRawAsync([.. TestClient.PublishBytes(1, "missing", "k", [1]), .. TestClient.MethodBytes(1, in close)]);
        await client.ReadAsync<ChannelClose>(1);
        await client.ReadAsync<ChannelCloseOk>(1);
        await client.SendAsync(1, default(ChannelCloseOk));
        await client.OpenChannelAsync(1);

        // The client's close comes after the server's is out; it may forget to answer that one.
        await client.PublishAsync(1, "missing", "k", [1]);
        await client.ReadAsync<ChannelClose>(1);
        await client.SendAsync(1, in close);
        await client.ReadAsync<ChannelCloseOk>(1);
        await client.OpenChannelAsync(1);
        await client.ExpectAliveAsync(1);
    }

    [Fact]
    public async Task A_client_that_asks_and_does_not_read_is_not_read_until_it_does()
    {
        const int Publishes = 300;
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        byte[] body = new byte[100_000];
        int sent = 0;
        async Task SendAsync()
        {
            for (; sent < Publishes; sent++)
            {
                // Each comes back to its publisher as returned.
                await client.PublishAsync(1, "", "nowhere", body, mandatory: true);
            }
        }

        Task sending = SendAsync();
        await Task.WhenAny(sending, Task.Delay(1000, TestContext.Current.CancellationToken));
        Assert.False(sending.IsCompleted, $"All {sent} were read.");
        Assert.InRange(sent, 1, Publishes / 2);
        for (int i = 0; i < Publishes; i++)
        {
            Assert.Equal(body, (await client.ReadContentAsync<BasicReturn>(1)).Body);
        }

        await sending;
        await client.ExpectAliveAsync(1);
    }

    [Fact]
    public async Task A_closed_channel_is_closed()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        await client.SendAsync(1, new ChannelClose(ReplyCode.ReplySuccess, ShortString.Empty, 0, 0));
        await client.ReadAsync<ChannelCloseOk>(1);
        await client.SendAsync(1, new BasicQos(0, 1, false));
        await client.ExpectCloseAsync(ReplyCode.ChannelError, "expected 'channel.open'");
    }

    [Fact]
    public async Task Channels_are_limited_in_number_to_what_was_negotiated_whatever_their_numbers()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync(channelMax: 3);
        foreach (ushort channel in (ushort[])[1, 3000, 65535])
        {
            await client.OpenChannelAsync(channel);
        }

        await client.SendAsync(4, default(ChannelOpen));
        await client.ExpectCloseAsync(ReplyCode.NotAllowed, "number of channels opened (3) has reached the negotiated channel_max (3)");
    }

    [Fact]
    public async Task Channels_open_and_close_thousands_of_times()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync(channelMax: 2);
        for (int i = 0; i < 3000; i++)
        {
            await client.OpenChannelAsync(2);
            await client.SendAsync(2, new ChannelClose(ReplyCode.ReplySuccess, ShortString.Empty, 0, 0));
            await client.ReadAsync<ChannelCloseOk>(2);
        }
    }

    [Fact]
    public async Task A_body_too_large_closes_its_channel_before_it_is_read()
    {
        using var server = new TestServer(new ServerOptions { MaxMessageBytes = 1000 });
        TestClient client = await server.OpenChannelAsync();
        await client.OpenChannelAsync(2);
        await client.PublishAsync(1, "", "q", new byte[1000]);
        await client.ExpectAliveAsync(1);
        await client.PublishAsync(1, "", "q", new byte[1001]);
        ChannelClose close = await client.ExpectChannelCloseAsync(1, ReplyCode.PreconditionFailed, "message size 1001 is larger than configured max size 1000");
        Assert.Equal((60, 40), (close.FailedClassId, close.FailedMethodId));
        await client.SendAsync(1, default(ChannelCloseOk));
        await client.ExpectAliveAsync(2);
        await client.OpenChannelAsync(1);
    }

    [Fact]
    public async Task Contents_of_several_channels_may_be_interleaved()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        await client.OpenChannelAsync(2);
        await client.DeclareAsync(1, "a");
        await client.DeclareAsync(1, "b");
        byte[] one = TestClient.PublishBytes(1, "", "a", [1, 1, 1]);
        byte[] two = TestClient.PublishBytes(2, "", "b", [2, 2]);
        int oneMethod = 7 + 1 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(one.AsSpan(3));
        int twoMethod = 7 + 1 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(two.AsSpan(3));
        await client.SendRawAsync([.. one.AsSpan(0, oneMethod), .. two.AsSpan(0, twoMethod), .. one.AsSpan(oneMethod), .. two.AsSpan(twoMethod)]);
        await client.SendAsync(1, new BasicGet(ShortString.FromString("a"), true));
        Assert.Equal([1, 1, 1], (await client.ReadContentAsync<BasicGetOk>(1)).Body);
        await client.SendAsync(2, new BasicGet(ShortString.FromString("b"), true));
        Assert.Equal([2, 2], (await client.ReadContentAsync<BasicGetOk>(2)).Body);
    }

    [Fact]
    public async Task A_burst_of_confirmed_publishes_is_confirmed_to_the_last()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenChannelAsync();
        await client.DeclareAsync(1, "q");
        await client.SendAsync(1, default(ConfirmSelect));
        await client.ReadAsync<ConfirmSelectOk>(1);
        byte[] burst = [.. Enumerable.Range(0, 1000).SelectMany(i => TestClient.PublishBytes(1, "", "q", BitConverter.GetBytes(i)))];
        await client.SendRawAsync(burst);
        ulong confirmed = 0;
        while (confirmed < 1000)
        {
            BasicAck ack = await client.ReadAsync<BasicAck>(1);
            Assert.True(ack.DeliveryTag > confirmed);
            Assert.True(ack.Multiple || ack.DeliveryTag == confirmed + 1);
            confirmed = ack.DeliveryTag;
        }
    }
}
