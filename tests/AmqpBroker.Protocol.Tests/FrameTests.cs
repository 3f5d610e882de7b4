namespace AmqpBroker.Protocol.Tests;

public sealed class FrameTests
{
    private const uint Max = 131072;

    [Fact]
    public void A_method_frame_has_the_bytes_of_the_specification()
    {
        var publish = new BasicPublish(ShortString.FromString("ex"), ShortString.FromString("key"), true, false);
        byte[] buffer = new byte[FrameWriter.MethodSize(publish)];
        Assert.Equal(buffer.Length, FrameWriter.WriteMethod(buffer, 3, publish));
        Assert.Equal("01" + "0003" + "0000000E" + "003C0028" + "0000" + "026578" + "036B6579" + "01" + "CE", Convert.ToHexString(buffer));
    }

    [Fact]
    public void Messages_are_split_to_the_frame_size_and_come_together_again()
    {
        byte[] body = new byte[10_000];
        new Random(1).NextBytes(body);
        var deliver = new BasicDeliver(ShortString.FromString("tag"), 7, true, ShortString.Empty, ShortString.FromString("q"));
        byte[] wire = new byte[FrameWriter.MessageSize(deliver, 2, body.Length, 4096)];
        Assert.Equal(wire.Length, FrameWriter.WriteMessage(wire, 1, deliver, BasicProperties.None.Span, body, 4096));

        ReadOnlySpan<byte> rest = wire;
        Assert.True(FrameReader.TryRead(rest, 4096, out Frame method, out int consumed));
        Assert.Equal(MethodKey.BasicDeliver, method.ReadMethodKey(out ReadOnlySpan<byte> arguments));
        var reader = new AmqpReader(arguments);
        Assert.Equal(deliver, BasicDeliver.Read(ref reader));
        rest = rest[consumed..];
        Assert.True(FrameReader.TryRead(rest, 4096, out Frame header, out consumed));
        Assert.Equal((ulong)body.Length, ContentHeader.Read(header).BodyBytes);
        rest = rest[consumed..];
        var together = new List<byte>();
        int frames = 0;
        while (FrameReader.TryRead(rest, 4096, out Frame part, out consumed))
        {
            Assert.Equal(FrameType.Body, part.Type);
            Assert.InRange(consumed, 9, 4096);
            together.AddRange(part.Payload);
            rest = rest[consumed..];
            frames++;
        }

        Assert.True(rest.IsEmpty);
        Assert.Equal(3, frames);
        Assert.Equal(body, together);
    }

    [Fact]
    public void A_body_without_octets_has_no_frame()
    {
        Assert.Equal(0, FrameWriter.BodySize(0, 4096));
        Assert.Equal(0, FrameWriter.WriteBody([], 1, [], 4096));
    }

    [Fact]
    public void The_size_limit_has_eight_octets_of_tolerance_and_is_checked_before_the_payload_is_there()
    {
        Assert.False(FrameReader.TryRead([3, 0, 1, 0, 2, 0, 0], Max, out _, out _));
        ConnectionException error = Assert.Throws<ConnectionException>(
            () => FrameReader.TryRead([3, 0, 1, 0, 2, 0, 1], Max, out _, out _));
        Assert.Equal(ReplyCode.FrameError, error.Code);
        Assert.Equal("type 3, all octets = <<>>: {frame_too_large,131073,131064}", error.Text);
    }

    [Fact]
    public void A_wrong_end_octet_is_a_frame_error()
    {
        byte[] wire = [1, 0, 1, 0, 0, 0, 4, 0, 10, 0, 10, 0xCD];
        ConnectionException error = Assert.Throws<ConnectionException>(() => FrameReader.TryRead(wire, Max, out _, out _));
        Assert.Equal("type 1, all octets = <<0,10,0,10>>: {invalid_frame_end_marker,205}", error.Text);
    }

    [Fact]
    public void An_unknown_type_is_a_frame_error_that_shows_sixteen_octets()
    {
        byte[] wire = [0, 0, 0, 0, 0, 0, 17, .. "1234567890\012345x"u8, 0xCE];
        ConnectionException error = Assert.Throws<ConnectionException>(() => FrameReader.TryRead(wire, Max, out _, out _));
        Assert.Equal(ReplyCode.FrameError, error.Code);
        Assert.Equal("type 0, first 16 octets = <<49,50,51,52,53,54,55,56,57,48,0,49,50,51,52,53>>: unknown_frame", error.Text);
    }

    [Fact]
    public void Printable_octets_are_shown_as_text()
    {
        byte[] wire = [9, 0, 0, 0, 0, 0, 5, .. "a\"b\\c"u8, 0xCE];
        ConnectionException error = Assert.Throws<ConnectionException>(() => FrameReader.TryRead(wire, Max, out _, out _));
        Assert.Equal("type 9, all octets = <<\"a\\\"b\\\\c\">>: unknown_frame", error.Text);
    }

    [Fact]
    public void An_unexpected_frame_is_named()
    {
        ConnectionException error = FrameErrors.UnexpectedFrame(new Frame(FrameType.Heartbeat, 1, []));
        Assert.Equal(ReplyCode.UnexpectedFrame, error.Code);
        Assert.Equal("type 8, all octets = <<>>", error.Text);
    }

    [Fact]
    public void A_heartbeat_has_no_payload()
    {
        Assert.True(FrameReader.TryRead(FrameWriter.Heartbeat, Max, out Frame frame, out int consumed));
        Assert.Equal(FrameType.Heartbeat, frame.Type);
        Assert.Equal(8, consumed);
        ConnectionException error = Assert.Throws<ConnectionException>(
            () => FrameReader.TryRead([8, 0, 0, 0, 0, 0, 3, .. "abc"u8, 0xCE], Max, out _, out _));
        Assert.Equal("FRAME_ERROR - type 8, all octets = <<\"abc\">>: unknown_frame", error.RenderReplyText().ToString());
    }

    [Fact]
    public void A_method_frame_or_a_content_header_that_is_too_short_is_an_unknown_frame()
    {
        ConnectionException error = Assert.Throws<ConnectionException>(
            () => new Frame(FrameType.Method, 1, [0, 60]).ReadMethodKey(out _));
        Assert.Equal("FRAME_ERROR - type 1, all octets = <<0,60>>: unknown_frame", error.RenderReplyText().ToString());
        error = Assert.Throws<ConnectionException>(() => ContentHeader.Read(new Frame(FrameType.Header, 1, [0, 60, 0, 0])));
        Assert.Equal("FRAME_ERROR - type 2, all octets = <<0,60,0,0>>: unknown_frame", error.RenderReplyText().ToString());
    }

    [Fact]
    public void Protocol_headers()
    {
        Assert.Equal("414D515000000901", Convert.ToHexString(ProtocolHeader.Amqp091));
        Assert.True(ProtocolHeader.IsAccepted([0x41, 0x4D, 0x51, 0x50, 1, 1, 0, 9]));
        Assert.False(ProtocolHeader.IsAccepted([0x41, 0x4D, 0x51, 0x50, 0, 1, 0, 0]));
    }
}
