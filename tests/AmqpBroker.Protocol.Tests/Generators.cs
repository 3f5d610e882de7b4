using System.Reflection;
using CsCheck;

namespace AmqpBroker.Protocol.Tests;

/// <summary>Random values of everything that the protocol has.</summary>
internal static class Generators
{
    // Before the others, which use it while they are made.
    private static readonly Gen<FieldType> s_types = Gen.OneOfConst(Enum.GetValues<FieldType>());

    public static readonly Gen<ShortString> ShortStrings =
        Gen.OneOf(Gen.Byte.Array[0, 20], Gen.Byte.Array[0, 255]).Select(b => ShortString.FromBytes(b));

    public static readonly Gen<FieldTable> Tables = Table(3);

    /// <summary>Every type of the dialect; nested ones down to <paramref name="depth"/>.</summary>
    public static Gen<FieldValue> Value(int depth) => s_types.SelectMany(type => type switch
    {
        FieldType.Table => depth == 0 ? Gen.Const(FieldValue.Void) : Table(depth - 1).Select(FieldValue.FromTable),
        FieldType.Array => depth == 0
            ? Gen.Const(FieldValue.FromArray())
            : Value(depth - 1).Array[0, 4].Select(e => FieldValue.FromArray(e)),
        FieldType.LongString => Gen.Byte.Array[0, 40].Select(b => FieldValue.FromString((ReadOnlyMemory<byte>)b)),
        FieldType.Binary => Gen.Byte.Array[0, 40].Select(b => FieldValue.FromBinary(b)),
        _ => Gen.Byte.Array[FixedSize(type)].Select(b => FixedValue(type, b)),
    });

    public static Gen<FieldTable> Table(int depth) => Gen.Select(ShortStrings, Value(depth)).Array[0, 6].Select(entries =>
    {
        var builder = new FieldTableBuilder();
        foreach ((ShortString name, FieldValue value) in entries)
        {
            builder.Append(name, value);
        }

        return builder.Build();
    });

    /// <summary>Any instance of a method, made through its constructor.</summary>
    public static Gen<IMethod> Method(Type type)
    {
        ConstructorInfo? constructor = type.GetConstructors().SingleOrDefault(c => c.GetParameters().Length > 0);
        return constructor is null
            ? Gen.Const((IMethod)Activator.CreateInstance(type)!)
            : All([.. constructor.GetParameters().Select(p => Argument(p.ParameterType))])
                .Select(arguments => (IMethod)constructor.Invoke(arguments));
    }

    private static Gen<object> Argument(Type type) => type switch
    {
        _ when type == typeof(bool) => Gen.Bool.Select(v => (object)v),
        _ when type == typeof(byte) => Gen.Byte.Select(v => (object)v),
        _ when type == typeof(ushort) => Gen.UShort.Select(v => (object)v),
        _ when type == typeof(uint) => Gen.UInt.Select(v => (object)v),
        _ when type == typeof(ulong) => Gen.ULong.Select(v => (object)v),
        _ when type == typeof(ReplyCode) => Gen.UShort.Select(v => (object)(ReplyCode)v),
        _ when type == typeof(ShortString) => ShortStrings.Select(v => (object)v),
        _ when type == typeof(ReadOnlyMemory<byte>) => Gen.Byte.Array[0, 300].Select(v => (object)(ReadOnlyMemory<byte>)v),
        _ when type == typeof(FieldTable) => Tables.Select(v => (object)v),
        _ => throw new NotSupportedException(type.Name),
    };

    private static Gen<object[]> All(Gen<object>[] parts) => parts.Aggregate(
        Gen.Const(Array.Empty<object>()), (all, part) => Gen.Select(all, part, (sofar, next) => (object[])[.. sofar, next]));

    private static int FixedSize(FieldType type) => type switch
    {
        FieldType.Void => 0,
        FieldType.Boolean or FieldType.Byte or FieldType.UnsignedByte => 1,
        FieldType.Short or FieldType.UnsignedShort => 2,
        FieldType.SignedInt or FieldType.UnsignedInt or FieldType.Float => 4,
        FieldType.Decimal => 5,
        _ => 8,
    };

    /// <summary>A value of any type from its bytes on the wire: found in a table of one entry.</summary>
    private static FieldValue FixedValue(FieldType type, byte[] payload)
    {
        FieldTable table = FieldTable.FromRaw(new byte[] { 0, (byte)type }.Concat(payload).ToArray());
        return table.Single().Value;
    }
}
