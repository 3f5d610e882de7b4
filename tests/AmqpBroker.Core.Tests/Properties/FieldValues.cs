using AmqpBroker.Protocol;
using CsCheck;

namespace AmqpBroker.Core.Tests.Properties;

/// <summary>Random field values: few different ones, so that equal ones of different types come often.</summary>
internal static class FieldValues
{
    internal static readonly Gen<FieldValue> Any = Value(2);

    private static Gen<FieldValue> Value(int depth)
    {
        Gen<FieldValue> flat = Gen.OneOf(
            Gen.Const(FieldValue.Void),
            Gen.Bool.Select(FieldValue.FromBoolean),
            Gen.Int[-2, 2].Select(FieldValue.FromInt32),
            Gen.Int[-2, 2].Select(n => FieldValue.FromInt64(n)),
            Gen.Int[0, 2].Select(n => FieldValue.FromTimestamp((ulong)n)),
            Gen.OneOfConst(-1.0, 0.0, 1.0, 1.5, 2.0).Select(FieldValue.FromDouble),
            Gen.OneOfConst("", "a", "b", "1").Select(FieldValue.FromString),
            Gen.OneOfConst("", "a", "1").Select(s => FieldValue.FromBinary(System.Text.Encoding.UTF8.GetBytes(s))));
        return depth == 0
            ? flat
            : Gen.Frequency(
                (6, flat),
                (1, Value(depth - 1).Array[0, 3].Select(e => FieldValue.FromArray(e))),
                (1, Gen.Select(Gen.OneOfConst("a", "b"), Value(depth - 1)).Array[0, 2].Select(Table)));
    }

    private static FieldValue Table((string Name, FieldValue Value)[] entries)
    {
        var builder = new FieldTableBuilder();
        foreach ((string name, FieldValue value) in entries.DistinctBy(e => e.Name))
        {
            builder.Append(ShortString.FromString(name), value);
        }

        return FieldValue.FromTable(builder.Build());
    }
}
