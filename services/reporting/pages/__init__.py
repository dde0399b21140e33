"""The year's page: figures with what stands behind them, a chart with its table, tables, balance and definitions."""
