using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace AmqpBroker.Bench.Speed;

/// <summary>A figure of all contestants as horizontal bars, a group for each load, as an SVG picture.</summary>
internal static class SpeedChart
{
    private const double Width = 820;
    private const double RowHeight = 17;
    private const double Frame = 110;

    /// <summary>Told apart also by people who see no red or no green, and on light and dark ground.</summary>
    private static readonly OxyColor[] _colors =
        [OxyColor.FromRgb(0xD5, 0x5E, 0x00), OxyColor.FromRgb(0x00, 0x72, 0xB2), OxyColor.FromRgb(0x00, 0x9E, 0x73), OxyColor.FromRgb(0x88, 0x88, 0x88), OxyColor.FromRgb(0xBB, 0xBB, 0xBB), OxyColor.FromRgb(0x56, 0xB4, 0xE9)];

    /// <summary>Writes the picture; nothing if none of the loads was run.</summary>
    public static void Write(string path, string title, string format, SpeedTable table, IEnumerable<string> loadNames, Func<SpeedResult, double> figure)
    {
        SpeedLoad[] loads = [.. loadNames.Select(n => table.Loads.FirstOrDefault(l => l.Name == n)).OfType<SpeedLoad>().Reverse()];
        if (loads.Length == 0)
        {
            return;
        }
        var model = new PlotModel { Title = title, TitleFontSize = 14, Background = OxyColors.White, PlotAreaBorderThickness = new OxyThickness(0) };
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.BottomCenter, LegendPlacement = LegendPlacement.Outside, LegendOrientation = LegendOrientation.Horizontal });
        var names = new CategoryAxis { Position = AxisPosition.Left, GapWidth = 0.35, TickStyle = TickStyle.None };
        names.Labels.AddRange(loads.Select(l => l.Name));
        model.Axes.Add(names);
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, MinimumPadding = 0, AbsoluteMinimum = 0, MaximumPadding = 0.12, MajorGridlineStyle = LineStyle.Solid, MajorGridlineColor = OxyColors.LightGray, StringFormat = "#,0.##" });
        int color = 0;
        foreach (Contestant contestant in table.Contestants.Reverse())
        {
            var bars = new BarSeries { Title = contestant.Name, FillColor = _colors[(table.Contestants.Count - 1 - color++) % _colors.Length], LabelFormatString = format, LabelPlacement = LabelPlacement.Outside, FontSize = 10 };
            bars.Items.AddRange(loads.Select(load => new BarItem(table.Median(load, contestant, figure) ?? double.NaN)));
            model.Series.Add(bars);
        }
        double height = Frame + (loads.Length * table.Contestants.Count * RowHeight);
        File.WriteAllText(path, new SvgExporter { Width = Width, Height = height, IsDocument = true }.ExportToString(model));
    }
}
