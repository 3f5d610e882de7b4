using AmqpBroker.Testing;
using CsCheck;

namespace AmqpBroker.Protocol.Tests;

public sealed class MethodRoundTripTests
{
    public static TheoryData<string> AllMethods => [.. MethodCatalog.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void What_is_written_is_read_again(string name)
    {
        uint key = MethodCatalog.All.Single(m => m.Name == name).Key;
        var cache = new ShortStringCache();
        Generators.Method(MethodDecoders.TypeOf(key)).Sample(
            method =>
            {
                byte[] wire = MethodDecoders.Encode(key, 5, method);
                Assert.True(FrameReader.TryRead(wire, (uint)wire.Length, out Frame frame, out int consumed));
                Assert.Equal(wire.Length, consumed);
                Assert.Equal(5, frame.Channel);
                Assert.Equal(key, frame.ReadMethodKey(out ReadOnlySpan<byte> arguments));
                Assert.Equal(method.Size, arguments.Length);
                IMethod read = MethodDecoders.Decode(key, arguments, cache);
                AssertSameArguments(method, read);
                Assert.Equal(wire, MethodDecoders.Encode(key, 5, read));
            },
            iter: 200);
    }

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void Arguments_cut_short_or_with_more_behind_are_connection_errors(string name)
    {
        uint key = MethodCatalog.All.Single(m => m.Name == name).Key;
        Generators.Method(MethodDecoders.TypeOf(key)).Sample(
            method =>
            {
                byte[] arguments = MethodDecoders.Encode(key, 1, method)[11..^1];
                for (int length = 0; length < arguments.Length; length++)
                {
                    AssertCannotDecode(key, arguments[..length]);
                }

                AssertCannotDecode(key, [.. arguments, 0]);
            },
            iter: 20);
    }

    [Fact]
    public void The_text_of_arguments_that_cannot_be_decoded_is_RabbitMQs()
    {
        ConnectionException error = Assert.Throws<ConnectionException>(
            () => MethodDecoders.Decode(MethodKey.BasicPublish, [0, 0, 0, 5, 97, 98]));
        Assert.Equal("FRAME_ERROR - cannot decode <<0,0,0,5,97,98>>", error.RenderReplyText().ToString());
    }

    [Fact]
    public void The_hot_methods_allocate_nothing()
    {
        var cache = new ShortStringCache();
        byte[] publish = MethodDecoders.Encode(
            MethodKey.BasicPublish, 1, new BasicPublish(ShortString.FromString("x"), ShortString.FromString("key"), false, false));
        byte[] ack = MethodDecoders.Encode(MethodKey.BasicAck, 1, new BasicAck(7, true));
        byte[] buffer = new byte[200];
        var deliver = new BasicDeliver(ShortString.FromString("tag"), 1, false, ShortString.Empty, ShortString.FromString("q"));
        byte[] properties = new BasicPropertiesEditor().Set(BasicProperty.DeliveryMode, 2)
            .SetHeaders(new FieldTableBuilder().Append("a", FieldValue.FromInt32(1)).Build()).Build();
        void Once()
        {
            FrameReader.TryRead(publish, 4096, out Frame frame, out _);
            frame.ReadMethodKey(out ReadOnlySpan<byte> arguments);
            var reader = new AmqpReader(arguments, cache);
            BasicPublish.Read(ref reader);
            FrameReader.TryRead(ack, 4096, out frame, out _);
            frame.ReadMethodKey(out arguments);
            reader = new AmqpReader(arguments, cache);
            BasicAck.Read(ref reader);
            BasicProperties.Scan(properties);
            FrameWriter.WriteMessage(buffer, 1, deliver, properties, "body"u8, 4096);
        }

        Assert.Equal(0, Allocations.Least(Once));
    }

    private static void AssertCannotDecode(uint key, byte[] arguments)
    {
        ConnectionException error = Assert.Throws<ConnectionException>(() => MethodDecoders.Decode(key, arguments));
        Assert.Equal(ReplyCode.FrameError, error.Code);
    }

    /// <summary>Memory compares by reference and tables without order, hence by bytes.</summary>
    private static void AssertSameArguments(IMethod expected, IMethod actual)
    {
        foreach (System.Reflection.PropertyInfo property in expected.GetType().GetProperties())
        {
            Assert.Equal(Comparable(property.GetValue(expected)), Comparable(property.GetValue(actual)));
        }
    }

    private static object? Comparable(object? value) => value switch
    {
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        FieldTable table => Convert.ToHexString(table.RawBytes.Span),
        _ => value,
    };
}
